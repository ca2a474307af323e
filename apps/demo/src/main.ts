/** `demo`: the main job of the project, as a program. */
// oxlint-disable-next-line no-unassigned-import -- it works by being loaded
import "effect/schema/SchemaJITCompiler/enable"
import { runCommand } from "./Command.ts"
import { main } from "./Program.ts"

main(runCommand("demo", "npx -y pnpm@12 demo"))
