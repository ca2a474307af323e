/** Reads the log of an allocation as an auditor would: from the log alone, with the rules written once more. */

export interface Try {
  readonly task: number
  readonly agent: string
  readonly from: number
  readonly until: number
  readonly price: number
  readonly cost: number
}

export type Entry =
  | ({ readonly _tag: "Started" } & Try)
  | ({ readonly _tag: "Tried"; readonly success: boolean } & Try)
  | { readonly _tag: "Ended"; readonly task: number; readonly at: number; readonly end: string }

export interface Rules {
  readonly attemptsMax: number
  readonly agents: ReadonlyArray<{ readonly name: string; readonly capacity: number; readonly speed: number }>
  readonly tasks: ReadonlyArray<{
    readonly id: number
    readonly size: number
    readonly at: number
    readonly due: number
  }>
}

const started = (log: ReadonlyArray<Entry>) => log.flatMap((entry) => (entry._tag === "Started" ? [entry] : []))
const tried = (log: ReadonlyArray<Entry>) => log.flatMap((entry) => (entry._tag === "Tried" ? [entry] : []))
const ended = (log: ReadonlyArray<Entry>) => log.flatMap((entry) => (entry._tag === "Ended" ? [entry] : []))

const keyOf = ({ agent, cost, from, price, task, until }: Try) => [task, agent, from, until, price, cost].join("|")

/** Agents who work on more than they can at a moment. */
export const overloaded = ({ agents }: Rules, log: ReadonlyArray<Entry>): ReadonlyArray<string> =>
  agents.flatMap(({ capacity, name }) => {
    const own = started(log).filter(({ agent }) => agent === name)
    const worst = Math.max(0, ...own.map(({ from }) => own.filter((it) => it.from <= from && from < it.until).length))
    return worst > capacity ? [`${name} works on ${worst} of ${capacity}`] : []
  })

/** Work too early, too late, or of the wrong length. */
export const outOfTime = ({ agents, tasks }: Rules, log: ReadonlyArray<Entry>): ReadonlyArray<string> =>
  started(log).flatMap((it) => {
    const task = tasks.find(({ id }) => id === it.task)
    const agent = agents.find(({ name }) => name === it.agent)
    if (task === undefined || agent === undefined) return [`nobody knows ${keyOf(it)}`]
    const least = task.size / agent.speed
    const length = it.until - it.from
    const fits = it.from >= task.at && it.until <= task.due && length >= least && length < least + 1 && length >= 1
    return fits || (least < 1 && length === 1 && it.from >= task.at && it.until <= task.due) ? [] : [keyOf(it)]
  })

/** Tasks tried too often, by two at once, twice by one, or on after success. */
export const triedWrongly = ({ attemptsMax, tasks }: Rules, log: ReadonlyArray<Entry>): ReadonlyArray<string> => {
  const begun = started(log)
  const results = tried(log)
  return tasks.flatMap(({ id }) => {
    const own = begun.filter(({ task }) => task === id)
    const over = own.slice(0, -1)
    const overlap = own.slice(1).some((it, index) => it.from < (own[index]?.until ?? Infinity))
    const before = results.filter(({ task }) => task === id).slice(0, over.length)
    const again = new Set(own.map(({ agent }) => agent)).size < own.length
    return own.length > attemptsMax || overlap || again || before.some(({ success }) => success) ? [`task ${id}`] : []
  })
}

/** Tasks that did not end once, or not as their tries say; for a log that is complete. */
export const endedWrongly = ({ tasks }: Rules, log: ReadonlyArray<Entry>): ReadonlyArray<string> => {
  const begun = started(log).map(keyOf).sort()
  const results = tried(log).map(keyOf).sort()
  const unpaired = begun.join() === results.join() ? [] : ["tries that begin are not those that end"]
  const ends = ended(log)
  const wrong = tasks.flatMap(({ id }) => {
    const own = ends.filter(({ task }) => task === id)
    const outcomes = tried(log).filter(({ task }) => task === id)
    const due = outcomes.length === 0 ? "expired" : outcomes.some(({ success }) => success) ? "done" : "failed"
    const late = outcomes.some(({ until }) => until > (own[0]?.at ?? -1))
    return own.length === 1 && own[0]?.end === due && !late ? [] : [`task ${id}: ${own.map(({ end }) => end).join()}`]
  })
  return [...unpaired, ...wrong]
}

/** What everybody has in the end, from the tries alone. */
export const balances = (budget: number, { agents }: Rules, log: ReadonlyArray<Entry>): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>([
    ["buyer", budget],
    ["resources", 0],
    ...agents.map(({ name }) => [name, 0] as const)
  ])
  const add = (name: string, amount: number) => sums.set(name, (sums.get(name) ?? 0) + amount)
  for (const { agent, cost, price } of tried(log)) {
    add("buyer", -price)
    add(agent, price - cost)
    add("resources", cost)
  }
  return sums
}
