/**
 * What `mabeam doctor` makes of a machine: facts in, verdicts out. Pure.
 *
 * **Guarantees** Every check says what was found; one that is not `ok` says what to do.
 *
 * @since 0.1.0
 */

/** One verdict. `warn` is worth knowing, `fail` keeps the job from working. */
export interface Check {
  readonly name: string
  readonly status: "ok" | "warn" | "fail"
  readonly detail: string
  readonly fix?: string
}

/** Whether files can be written in a directory, and how much room there is. */
export interface Place {
  readonly path: string
  /** Why not; undefined if they can. */
  readonly problem: string | undefined
  /** Undefined if the system does not say. */
  readonly bytesFree: number | undefined
}

/** What is in the store. */
export type Store =
  | { readonly _tag: "Absent" }
  | { readonly _tag: "Unusable"; readonly problem: string; readonly fix: string }
  | { readonly _tag: "Inconsistent"; readonly problem: string }
  | { readonly _tag: "Sound"; readonly events: number; readonly streams: number }

export interface Facts {
  /** E.g. `24.21.0`. */
  readonly node: string
  readonly cores: number
  readonly bytesAvailable: number
  /** Why a database in memory does not work; undefined if it does. */
  readonly sqliteProblem: string | undefined
  readonly working: Place
  readonly out: Place
  readonly storeFile: string
  readonly store: Store
}

/** The oldest Node that runs the project. */
export const nodeMin = [22, 19] as const
const mib = 1024 * 1024
/** Six agents, four threads and the digits take about a quarter of this. */
export const memoryWarn = 1024 * mib
export const memoryFail = 256 * mib
/** A run writes about 1 MiB. */
export const diskWarn = 200 * mib
export const diskFail = 10 * mib

/** The verdicts, in the order in which they are told. */
export const examine = (facts: Facts): ReadonlyArray<Check> => [
  node(facts.node),
  sqlite(facts.sqliteProblem),
  cores(facts.cores),
  memory(facts.bytesAvailable),
  place("working directory", facts.working, "Change to a directory where you may write."),
  place("out directory", facts.out, "Give another with --out, or make it writable."),
  store(facts.storeFile, facts.store)
]

const node = (version: string): Check => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const name = "node"
  const detail = `Node ${version}`
  if (major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])) return { name, status: "ok", detail }
  const fix = `Use Node ${nodeMin.join(".")} or newer: "npx -y pnpm@12 mabeam doctor" brings its own.`
  return { name, status: "fail", detail: `${detail} is too old`, fix }
}

const sqlite = (problem: string | undefined): Check =>
  problem === undefined
    ? { name: "sqlite", status: "ok", detail: "an event log in memory works" }
    : {
        name: "sqlite",
        status: "fail",
        detail: `an event log in memory does not work: ${problem}`,
        fix: 'Install again: "npx -y pnpm@12 install".'
      }

const cores = (count: number): Check =>
  count >= 2
    ? { name: "cores", status: "ok", detail: `${count} cores` }
    : {
        name: "cores",
        status: "warn",
        detail: "1 core: trainings run one after the other",
        fix: "Expect the job to take about twice as long, or use --quick."
      }

const memory = (bytes: number): Check => {
  const detail = `${size(bytes)} of memory available`
  if (bytes >= memoryWarn) return { name: "memory", status: "ok", detail }
  const status = bytes >= memoryFail ? "warn" : "fail"
  return {
    name: "memory",
    status,
    detail,
    fix: `Close other programs, or use fewer --workers; ${size(memoryWarn)} is plenty.`
  }
}

const place = (name: string, { bytesFree, path, problem }: Place, fix: string): Check => {
  if (problem !== undefined) return { name, status: "fail", detail: `${path}: ${problem}`, fix }
  if (bytesFree === undefined) return { name, status: "ok", detail: `${path} can be written` }
  const detail = `${path} can be written, ${size(bytesFree)} free`
  if (bytesFree >= diskWarn) return { name, status: "ok", detail }
  return { name, status: bytesFree >= diskFail ? "warn" : "fail", detail, fix: "Make room on this disk." }
}

const store = (file: string, found: Store): Check => {
  const name = "store"
  switch (found._tag) {
    case "Absent":
      return { name, status: "ok", detail: `${file} is not there yet; a run makes it` }
    case "Unusable":
      return { name, status: "fail", detail: `${file}: ${found.problem}`, fix: found.fix }
    case "Inconsistent":
      return {
        name,
        status: "fail",
        detail: `${file}: ${found.problem}`,
        fix: "Do not append to it: keep a copy of the file with its -wal beside it, and start runs on another --store."
      }
    case "Sound":
      return {
        name,
        status: "ok",
        detail: `${file} holds ${plural(found.events, "event")} in ${plural(found.streams, "stream")}, all sound`
      }
  }
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/** `1.5 GiB`, `120 MiB`. */
export const size = (bytes: number): string =>
  bytes >= 1024 * mib ? `${(bytes / mib / 1024).toFixed(1)} GiB` : `${Math.round(bytes / mib)} MiB`

/** An event as far as the order of a log is concerned. */
export interface Placed {
  readonly position: number
  readonly stream: string
  readonly version: number
}

/** How far an order check has come. */
export interface Order {
  readonly position: number
  readonly versions: Map<string, number>
}

/**
 * Checks the next events of a log, which come by position; gives the first problem. Positions grow, and the versions of a stream
 * follow each other without a gap from the first one that is stored.
 */
export const orderProblem = (order: Order, events: ReadonlyArray<Placed>): string | undefined => {
  let { position } = order
  for (const event of events) {
    if (event.position <= position) return `position ${event.position} comes after position ${position}`
    const before = order.versions.get(event.stream)
    if (before !== undefined && event.version !== before + 1) {
      return `stream "${event.stream}" goes from version ${before} to ${event.version} at position ${event.position}`
    }
    order.versions.set(event.stream, event.version)
    position = event.position
  }
  return undefined
}
