/** `mabeam`: run the job, calculate, look into event logs, see whether this machine is fit. */
import { enableCompileCache } from "node:module"
import { prepare } from "./calculators/thread.ts"

// The thread that calculates loads while the command itself does, which halves the wait.
if (["auction", "market", "vote", "verify", "clock"].includes(process.argv[2] ?? "")) prepare()

// What Node compiled is kept in the system's directory for temporary files: the next call starts in half the time.
enableCompileCache()
await import("effect/schema/SchemaJITCompiler/enable")
const Program = await import("@apps/demo/Program")
const { mabeam } = await import("./Mabeam.ts")

Program.main(mabeam)
