/**
 * Runs rewritten examples one after another in this process and writes what each `// =>` was given.
 *
 * Called as `node run.ts PLAN`, where PLAN is the path of a JSON file holding a {@link Plan}; the answer goes to the path
 * it names.
 *
 * **Guarantees** An example that throws, hangs for longer than the limit, or leaves a rejected promise fails alone.
 *
 * **Does not guarantee** Isolation of global state, or an end to a loop that never yields: the caller limits the time of
 * the whole process.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import { pathToFileURL } from "node:url"
import { formatWithOptions, inspect } from "node:util"
import type { Expectation } from "./instrument.ts"
import { recorder } from "./instrument.ts"

/** What to run, and where to write the answer. */
export interface Plan {
  readonly programs: ReadonlyArray<{ readonly file: string; readonly expectations: ReadonlyArray<Expectation> }>
  readonly answer: string
  readonly limits: Limits
}

/** How long one program may take. */
export interface Limits {
  /** To run to the end of its module. */
  readonly loadMillis: number
  /** To give what it has announced, counted from then. */
  readonly settleMillis: number
}

/** A failure of one program: the line within the example, counted from 1, and the reason. */
export interface RunFailure {
  readonly line: number
  readonly message: string
}

/** For each program of the plan its failures. */
export type Answer = ReadonlyArray<ReadonlyArray<RunFailure>>

/** One line each, however long: the examples give values as one line of text. */
const oneLine = { breakLength: Infinity, compact: true, depth: null, maxArrayLength: null } as const

/** The accepted spellings of a value: as Node shows it (either quotes), as JSON, or as its own `toString` gives it. */
const spellings = (value: unknown): ReadonlyArray<string> => {
  const shown = inspect(value, oneLine)
  const all = [shown, shown.replaceAll("'", '"')]
  try {
    all.push(JSON.stringify(value) ?? shown)
    if (typeof value !== "string") all.push(String(value))
  } catch {
    // Values without a JSON or string form are compared as Node shows them.
  }
  return all.map(squeeze)
}

/** Blanks between tokens do not matter. */
const squeeze = (text: string): string => text.replace(/\s+/g, " ").replace(/([[{(]) | ([\]})])/g, "$1$2")

class Recorder {
  /** For each expectation the spellings of every value or line it was given. */
  readonly seen: ReadonlyArray<Array<ReadonlyArray<string>>>

  constructor(expectations: ReadonlyArray<Expectation>) {
    this.seen = expectations.map(() => [])
  }

  readonly value = <A>(id: number, value: A): A => {
    if (value instanceof Promise) value.then((it) => this.record(id, spellings(it))).catch(() => {})
    else this.record(id, spellings(value))
    return value
  }

  readonly print =
    (id: number) =>
    (...values: ReadonlyArray<unknown>): void => {
      const text = squeeze(formatWithOptions(oneLine, ...values))
      this.record(id, [text, text.replaceAll("'", '"')])
    }

  readonly printEffect =
    (id: number) =>
    (...values: ReadonlyArray<unknown>): Effect.Effect<void> =>
      Effect.sync(() => this.print(id)(...values))

  private readonly record = (id: number, texts: ReadonlyArray<string>): void => {
    this.seen[id]?.push(texts)
  }
}

/** Whether every expectation has been given as much as it announces. */
const isComplete = (expectations: ReadonlyArray<Expectation>, { seen }: Recorder): boolean =>
  expectations.every(({ expected }, id) => (seen[id]?.length ?? 0) >= expected.length)

const compare = (expectation: Expectation, given: ReadonlyArray<ReadonlyArray<string>>): RunFailure | undefined => {
  const { expected, kind, line } = expectation
  const fail = (message: string): RunFailure => ({ line, message })
  if (given.length === 0) return fail(`expected ${expected.join(" | ")}, but this line never ran`)
  const matches = (texts: ReadonlyArray<string>, text: string | undefined): boolean =>
    text !== undefined && texts.includes(squeeze(text))
  const isRight =
    kind === "print"
      ? given.length === expected.length && given.every((texts, index) => matches(texts, expected[index]))
      : given.every((texts) => matches(texts, expected[0]))
  return isRight ? undefined : fail(`expected ${expected.join(" | ")}, got ${given.map(([it]) => it).join(" | ")}`)
}

const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

/** Runs one program to its end and gives its failures. */
const runOne = async (
  program: Plan["programs"][number],
  { loadMillis, settleMillis }: Limits,
  strays: Array<unknown>
): Promise<ReadonlyArray<RunFailure>> => {
  const recorded = new Recorder(program.expectations)
  Object.assign(globalThis, { [recorder]: recorded })
  const failures: Array<RunFailure> = []
  const timedOut = Symbol()
  try {
    const loaded = import(pathToFileURL(program.file).href)
    const outcome = await Promise.race([loaded, sleep(loadMillis).then(() => timedOut)])
    if (outcome === timedOut) failures.push({ line: 1, message: `did not end within ${loadMillis} ms` })
  } catch (error) {
    failures.push({ line: lineOf(error, program.file), message: `threw ${inspect(error)}` })
  }
  if (failures.length === 0) {
    const rounds = Math.ceil(settleMillis / 5)
    for (let round = 0; round < rounds && !isComplete(program.expectations, recorded); round++) await sleep(5)
    await sleep(1)
    failures.push(
      ...program.expectations.flatMap((expectation, id) => compare(expectation, recorded.seen[id] ?? []) ?? [])
    )
  }
  for (const error of strays.splice(0)) {
    failures.push({ line: lineOf(error, program.file), message: `left a failure nobody handled: ${inspect(error)}` })
  }
  return failures
}

/** The line at which an error left the program, or its first. */
const lineOf = (error: unknown, file: string): number => {
  const stack = error instanceof Error ? (error.stack ?? "") : ""
  const at = stack.indexOf(file)
  return Number(/^:(\d+)/.exec(stack.slice(at === -1 ? 0 : at + file.length))?.[1] ?? 1)
}

const main = async (planFile: string): Promise<void> => {
  const plan: Plan = JSON.parse(fs.readFileSync(planFile, "utf8"))
  const exit = process.exit.bind(process)
  const strays: Array<unknown> = []
  process.on("unhandledRejection", (error) => strays.push(error))
  process.on("uncaughtException", (error) => strays.push(error))
  process.exit = (code) => {
    throw new Error(`the example called process.exit(${code ?? ""})`)
  }
  console.log = () => {}
  const answer: Array<ReadonlyArray<RunFailure>> = []
  for (const program of plan.programs) answer.push(await runOne(program, plan.limits, strays))
  fs.writeFileSync(plan.answer, JSON.stringify(answer satisfies Answer))
  exit(0)
}

if (import.meta.main) await main(process.argv[2] ?? "")
