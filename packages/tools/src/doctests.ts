/**
 * Type-checks and runs every example of the documentation.
 *
 * **Guarantees** Each example is compiled under the settings of the sources (Effect diagnostics included) and run under
 * Node; what follows a `// =>` is compared with what was there. Failures name the document and the line. One compiler
 * run and one Node process serve all examples.
 *
 * **Does not guarantee** That an example is a good one.
 *
 * @since 0.1.0
 */
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import type { Example } from "./doctests/examples.ts"
import { ExampleError, instrument, recorder } from "./doctests/instrument.ts"
import type { Expectation } from "./doctests/instrument.ts"
import type { Answer, Limits, Plan } from "./doctests/run.ts"
import * as Workspace from "./workspace.ts"

/** What is wrong with an example. */
export interface Failure {
  readonly path: string
  /** The document's line. */
  readonly line: number
  readonly message: string
}

/** Options of {@link check}. */
export interface Options {
  /** How long one example may take. Default 10,000 ms to load and 2,000 ms more to give what it has announced. */
  readonly limits?: Limits | undefined
  /** How long the compiler or all examples together may take. Default 120,000 ms. */
  readonly totalMillis?: number | undefined
}

/** Checks `examples` and gives the failures of each, in their order. */
export const check = async (
  examples: ReadonlyArray<Example>,
  options: Options = {}
): Promise<ReadonlyArray<ReadonlyArray<Failure>>> => {
  if (examples.length === 0) return []
  // Inside this package, so that the names of workspace packages resolve; `dist` is never committed.
  const parent = path.join(Workspace.root, "packages/tools/dist/doctests")
  fs.mkdirSync(parent, { recursive: true })
  const folder = fs.mkdtempSync(`${parent}/`)
  const totalMillis = options.totalMillis ?? 120_000
  try {
    const found = await Promise.all([
      typeCheck(examples, folder, totalMillis),
      runAll(examples, folder, options.limits ?? { loadMillis: 10_000, settleMillis: 2_000 }, totalMillis)
    ])
    return examples.map(({ line, path }, index) =>
      found
        .flatMap((failures) => failures[index] ?? [])
        .map((failure) => ({ path, line: line + failure.line - 1, message: failure.message }))
    )
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

/** For each example its failures, with lines counted within it. */
type Found = ReadonlyArray<ReadonlyArray<{ readonly line: number; readonly message: string }>>

const typeCheck = async (examples: ReadonlyArray<Example>, parent: string, totalMillis: number): Promise<Found> => {
  const folder = path.join(parent, "check")
  fs.mkdirSync(folder)
  examples.forEach(({ code }, index) => fs.writeFileSync(path.join(folder, `${index}.ts`), code))
  const config = {
    extends: path.join(Workspace.root, "tsconfig.base.json"),
    compilerOptions: {
      composite: false,
      declaration: false,
      emitDeclarationOnly: false,
      noEmit: true,
      // An example may name a value just to show that it can be had.
      noUnusedLocals: false,
      moduleDetection: "force"
    },
    files: examples.map((_, index) => `${index}.ts`)
  }
  fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(config))
  const compiler = path.join(Workspace.root, "node_modules/typescript/bin/tsc")
  const { code, output } = await run([compiler, "-p", folder, "--pretty", "false"], folder, totalMillis)
  const found = examples.map((): Array<{ line: number; message: string }> => [])
  // A message continues on indented lines. Errors in the packages themselves are the business of `check`.
  for (const [, file, line, message = ""] of output.matchAll(/^(.*?)\((\d+),\d+\): error (.*(?:\n\s+.*)*)$/gm)) {
    if (/^\d+\.ts$/.test(file ?? "")) found[Number.parseInt(file ?? "")]?.push({ line: Number(line), message })
  }
  if (code !== 0 && !/\(\d+,\d+\): error /.test(output)) throw new Error(`the compiler failed: ${output}`)
  return found
}

const runAll = async (
  examples: ReadonlyArray<Example>,
  parent: string,
  limits: Limits,
  totalMillis: number
): Promise<Found> => {
  const folder = path.join(parent, "run")
  fs.mkdirSync(folder)
  const found = examples.map((): Array<{ line: number; message: string }> => [])
  const programs = new Map<number, { readonly file: string; readonly expectations: ReadonlyArray<Expectation> }>()
  examples.forEach((example, index) => {
    if (!example.run) return
    try {
      const { code, expectations } = instrument(example.code)
      const file = path.join(folder, `${index}.ts`)
      // On the same line, so that positions in stack traces stay true.
      fs.writeFileSync(file, `const ${recorder} = globalThis.${recorder}; export {}; ${code}`)
      programs.set(index, { file, expectations })
    } catch (error) {
      if (!(error instanceof ExampleError)) throw error
      found[index]?.push({ line: error.line, message: error.message })
    }
  })
  if (programs.size === 0) return found
  const plan: Plan = { programs: [...programs.values()], answer: path.join(folder, "answer.json"), limits }
  const planFile = path.join(folder, "plan.json")
  fs.writeFileSync(planFile, JSON.stringify(plan))
  const script = fileURLToPath(new URL("./doctests/run.ts", import.meta.url))
  const { output } = await run([script, planFile], folder, totalMillis)
  if (!fs.existsSync(plan.answer)) throw new Error(`the examples ended without an answer: ${output}`)
  const answer: Answer = JSON.parse(fs.readFileSync(plan.answer, "utf8"))
  ;[...programs.keys()].forEach((index, at) => found[index]?.push(...(answer[at] ?? [])))
  return found
}

/** Runs a script under this Node and gives its exit code (-1 when it was stopped) and all it printed. */
const run = (
  args: ReadonlyArray<string>,
  cwd: string,
  timeout: number
): Promise<{ readonly code: number; readonly output: string }> =>
  new Promise((resolve) => {
    const options = { cwd, timeout, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 } as const
    execFile(process.execPath, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1
      const why = code === -1 ? `stopped after ${timeout} ms or by a signal; ` : ""
      resolve({ code, output: why + stdout + stderr })
    })
  })
