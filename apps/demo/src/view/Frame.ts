/**
 * The live view of a run as lines of text. Pure.
 *
 * **Guarantees** No line is wider than asked for, and not more lines than there are rows: what matters least is left out first.
 * The same state and time give the same lines. Names from outside cannot steer the terminal.
 *
 * **Does not guarantee** That the time left is right: it is what the trainings so far have taken, for as many as remain.
 *
 * @since 0.1.0
 */
import { askedBy, nameOfFile, workersOf } from "../run/reportOf.ts"
import { type Agent, leaderOf, type RunState } from "../run/RunState.ts"
import {
  brief,
  clean,
  clip,
  coloured,
  count,
  duration,
  padEnd,
  padStart,
  type Paint,
  percent,
  plain,
  spread,
  tenths
} from "./Text.ts"
import { changesOf, progressOf, resultOf, verdict } from "./internal/words.ts"

export interface Options {
  /** Lines there are. Default: no limit. */
  readonly rows?: number | undefined
  /** Default false. */
  readonly colour?: boolean | undefined
}

/** Narrower terminals are treated as this wide. */
export const COLUMNS_MIN = 20
/** The view grows no wider than this. */
export const COLUMNS_MAX = 110

interface Section {
  /** Sections with a smaller number are left out last. */
  readonly rank: number
  readonly lines: ReadonlyArray<string>
}

/** The lines to show at `now` (milliseconds since the epoch) in a terminal of `width` columns. */
export const frame = (state: RunState, now: number, width: number, options: Options = {}): ReadonlyArray<string> => {
  const paint: Paint = options.colour === true ? coloured : plain
  const wide = Math.max(COLUMNS_MIN, Math.min(COLUMNS_MAX, Math.floor(width)))
  const rows = Math.max(1, options.rows ?? Number.POSITIVE_INFINITY)
  const at: At = { state, now, wide, paint }
  const sections: ReadonlyArray<Section> = [
    { rank: 0, lines: head(at) },
    { rank: 1, lines: agents(at) },
    { rank: 3, lines: workers(at) },
    { rank: 4, lines: decisions(at) },
    { rank: 2, lines: faults(at) }
  ]
  return fit(sections, rows).map((line) => clip(line, wide))
}

interface At {
  readonly state: RunState
  readonly now: number
  readonly wide: number
  readonly paint: Paint
}

/** Sections below each other with a line between, as far as there are rows for them by rank. */
const fit = (sections: ReadonlyArray<Section>, rows: number): ReadonlyArray<string> => {
  let left = rows
  const room = new Map<Section, number>()
  for (const section of [...sections].sort((a, b) => a.rank - b.rank)) {
    if (section.lines.length === 0) continue
    const gap = room.size === 0 ? 0 : 1
    // A title alone tells nothing.
    const given = Math.min(section.lines.length, left - gap)
    if (given < Math.min(2, section.lines.length)) continue
    room.set(section, given)
    left -= given + gap
  }
  return sections
    .flatMap((section) => {
      const given = room.get(section)
      return given === undefined ? [] : ["", ...section.lines.slice(0, given)]
    })
    .slice(1)
}

const head = ({ now, paint, state, wide }: At): ReadonlyArray<string> => {
  const { started } = state
  if (started === undefined) return [paint("dim", "opening the run …")]
  const what = `${nameOfFile(clean(started.data.file))} · ${count(started.agents.length, "agent")} · ${count(started.workers, "worker")} · seed ${started.seed}`
  const title = paint("bold", "tuning ") + what
  const at = { now, paint, state, wide }
  return [spread(title, time(at), wide), bar(at), best(at), stage(at)].filter((line) => line !== "")
}

/** What the team is about, and who leads it. */
const stage = ({ paint, state }: At): string => {
  const { round } = state
  if (state.finishedRun !== undefined || state.interrupted) return ""
  const leader = leaderOf(state)
  const led = leader === undefined ? "no coordinator yet" : `coordinator ${paint("yellow", clean(leader))}`
  if (round === undefined) return `${betweenRounds(state)}, ${led}`
  if (round.slots === 0) return `round ${round.round}: the finalists once more, under other seeds, ${led}`
  const { sold } = round
  const price =
    sold === undefined ? "" : `, ${count(sold.winners.length, "slot")} sold at ${count(sold.price, "credit")}`
  return `round ${round.round}${price}, ${led}`
}

const betweenRounds = (state: RunState): string => {
  const { done, total } = progressOf(state)
  if (done.team < total.team) return "between rounds"
  return done["random search"] < total["random search"] ? "random search" : "final trainings"
}

/** Time spent, and an estimate of the time left. */
const time = ({ now, state }: Pick<At, "state" | "now">): string => {
  const running = state.finishedRun === undefined && !state.interrupted
  const spent = state.activeMillis + (running ? Math.max(0, now - state.lastAt) : 0)
  const { doneAll, totalAll } = progressOf(state)
  if (state.finishedRun !== undefined) return `${duration(spent)}, finished`
  if (state.interrupted) return `${duration(spent)}, stopped`
  if (doneAll < 3) return duration(spent)
  return `${duration(spent)}, about ${duration((spent / doneAll) * (totalAll - doneAll))} left`
}

const bar = ({ paint, state, wide }: At): string => {
  const { done, doneAll, total, totalAll } = progressOf(state)
  const part = (name: "team" | "random search" | "final", title: string) =>
    done[name] > 0 || name === "team" ? `${title} ${done[name]}/${total[name]}` : ""
  const parts = [part("team", "team"), part("random search", "random search"), part("final", "final")].filter(Boolean)
  const words = ` ${doneAll}/${totalAll} trainings · ${parts.join(" · ")}`
  // The words may grow by and by: the bar keeps its length.
  const length = Math.max(8, Math.min(40, wide - 40))
  const full = totalAll === 0 ? 0 : Math.round((length * doneAll) / totalAll)
  return paint("green", "█".repeat(full)) + paint("dim", "░".repeat(length - full)) + words
}

const best = ({ paint, state }: At): string => {
  const { agreed, best } = state
  if (best === undefined) return paint("dim", "no result yet")
  const by = state.trials.get(best.job)?.agent
  const basis = agreed.job === undefined ? undefined : state.finished.get(agreed.job)
  const shared = basis === undefined ? "the defaults" : `${clean(basis.job)}, ${resultOf(basis.result)}`
  return `best ${paint("green", resultOf(best.result))} on validation (${clean(best.job)}${by === undefined ? "" : `, ${clean(by)}`}) · agreed on: ${shared}`
}

// --- agents ----------------------------------------------------------------------------------------------------------

/** With two columns between them, all fit a terminal of 80. */
const columns = { name: 5, credits: 7, technique: 19, state: 15, trials: 6, best: 7, restarts: 8 } as const

const agents = ({ paint, state, wide }: At): ReadonlyArray<string> => {
  if (state.agents.size === 0) return []
  // Narrow terminals lose the technique first, then the numbers of trials and restarts.
  const hasTechnique = wide >= 79
  const hasNumbers = wide >= 58
  const line = (cells: { readonly [K in keyof typeof columns]: string }) =>
    [
      padEnd(cells.name, columns.name),
      padStart(cells.credits, columns.credits),
      ...(hasTechnique ? [padEnd(cells.technique, columns.technique)] : []),
      padEnd(cells.state, columns.state),
      ...(hasNumbers ? [padStart(cells.trials, columns.trials), padStart(cells.best, columns.best)] : []),
      ...(hasNumbers ? [padStart(cells.restarts, columns.restarts)] : [])
    ].join("  ")
  const title = line({
    name: "agent",
    credits: "credits",
    technique: "technique",
    state: "state",
    trials: "trials",
    best: "best",
    restarts: "restarts"
  })
  const numbers = numbersOf(state)
  const leader = leaderOf(state)
  return [
    paint("dim", title),
    ...[...state.agents.values()].map((agent) => {
      const own = numbers.get(agent.id)
      const doing = doingOf(state, agent)
      return line({
        name: agent.id === leader ? paint("yellow", clean(agent.id)) : clean(agent.id),
        credits: String(agent.balance),
        technique: clean(`${agent.sampler}, ${agent.temperament}`),
        state: paint(doing.style, doing.words),
        trials: String(own?.trials ?? 0),
        best: own?.best === undefined ? "–" : percent(own.best),
        restarts: agent.restarts === 0 ? "–" : paint("yellow", String(agent.restarts))
      })
    })
  ]
}

const numbersOf = (state: RunState) => {
  const numbers = new Map<string, { trials: number; best: number | undefined }>()
  for (const { agent, job } of state.trials.values()) {
    const before = numbers.get(agent) ?? { trials: 0, best: undefined }
    const result = state.finished.get(job)?.result
    const accuracy = result === undefined || result.outcome === "diverged" ? undefined : result.accuracy
    numbers.set(agent, {
      trials: before.trials + 1,
      best: accuracy === undefined ? before.best : Math.max(accuracy, before.best ?? 0)
    })
  }
  return numbers
}

/** What an agent is about, as far as the log tells. */
const doingOf = (
  state: RunState,
  { id }: Agent
): { readonly words: string; readonly style: "red" | "cyan" | "dim" } => {
  if (state.faults.some((fault) => fault.target === id && fault.healedAt === undefined)) {
    return { words: "down", style: "red" }
  }
  const open = [...state.trials.values()].filter((trial) => trial.agent === id && !state.finished.has(trial.job))
  const last = open.at(-1)
  if (last === undefined) {
    const { round } = state
    const isWinner = round?.sold?.winners.includes(id) === true
    const hasProposed = [...state.trials.values()].some((trial) => trial.agent === id && trial.round === round?.round)
    return { words: !isWinner ? "watches" : hasProposed ? "has its result" : "won a slot", style: "dim" }
  }
  const trains = state.attempts.some(({ job, outcome }) => job === last.job && outcome === "running")
  return trains
    ? { words: `trains ${clean(last.job)}`, style: "cyan" }
    : { words: `${clean(last.job)} waits`, style: "dim" }
}

// --- the rest --------------------------------------------------------------------------------------------------------

const workers = ({ now, paint, state }: At): ReadonlyArray<string> => {
  const names = workersOf(state)
  if (names.length === 0) return []
  const over = state.finishedRun !== undefined || state.interrupted
  return [
    paint("dim", "workers"),
    ...names.map((name) => {
      const attempt = state.attempts.findLast(({ outcome, worker }) => worker === name && outcome === "running")
      const label = padEnd(clean(name), 14)
      if (attempt === undefined || over) return `${label}${paint("dim", "waits")}`
      const by = askedBy(state, attempt.job, attempt.purpose)
      const again = attempt.attempt > 1 ? paint("yellow", `, attempt ${attempt.attempt}`) : ""
      return `${label}${clean(attempt.job)} (${clean(by)})${again}  ${tenths(Math.floor((now - attempt.from) / 500) * 500)}`
    })
  ]
}

const decisions = ({ paint, state }: At): ReadonlyArray<string> => {
  const last = state.decisions.slice(-3)
  if (last.length === 0) return []
  return [
    paint("dim", "last decisions"),
    ...last.map((decision) => {
      const style = decision.outcome === "accept" ? "green" : decision.outcome === "reject" ? "red" : "yellow"
      return `round ${padEnd(String(decision.round), 3)} ${paint(style, verdict(decision))} · ${clean(decision.proposer)}: ${changesOf(decision)}`
    })
  ]
}

const faults = ({ now, paint, state }: At): ReadonlyArray<string> => {
  const last = state.faults.slice(-4)
  if (last.length === 0) return []
  const start = state.started?.at ?? 0
  return [
    paint("dim", "faults"),
    ...last.map(({ at, healedAt, kind, target }) => {
      const healed =
        healedAt === undefined
          ? paint("red", `not healed for ${duration(now - at)}`)
          : paint("green", `healed after ${brief(healedAt - at)}`)
      return `at ${padStart(tenths(at - start), 7)}  ${clean(kind)} → ${clean(target)}: ${healed}`
    })
  ]
}
