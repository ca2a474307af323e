/** `mabeam`: run the job, look into event logs, see whether this machine is fit. */
// oxlint-disable-next-line no-unassigned-import -- it works by being loaded
import "effect/schema/SchemaJITCompiler/enable"
import { Program } from "@apps/demo"
import { mabeam } from "./Mabeam.ts"

Program.main(mabeam)
