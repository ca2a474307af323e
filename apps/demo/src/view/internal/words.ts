/** What happens in a run, in words. Pure. */
import type { RunEvent } from "../../run/RunEvent.ts"
import { finals } from "../../run/RunEvent.ts"
import type { RunState } from "../../run/RunState.ts"
import { clean, percent, short } from "../Text.ts"

type Decided = Extract<RunEvent, { readonly _tag: "VariablesDecided" }>

/** `accepted 5:1`, with who kept silent. */
export const verdict = ({ outcome, votes }: Pick<Decided, "outcome" | "votes">): string => {
  const of = (vote: string) => votes.filter((one) => one.vote === vote).length
  const words = {
    accept: "accepted",
    reject: "rejected",
    "no-clear-majority": "no clear majority",
    "insufficient-votes": "too few votes"
  } as const
  const rest = votes.length - of("accept") - of("reject")
  return `${words[outcome]} ${of("accept")}:${of("reject")}${rest === 0 ? "" : ` (${rest} abstained or silent)`}`
}

/** `learning_rate 0.01 → 0.034, momentum 0.9 → 0.71`. */
export const changesOf = ({ changes }: Pick<Decided, "changes">): string =>
  changes.length === 0
    ? "no change"
    : changes.map(({ from, to, variable }) => `${clean(variable)} ${short(from)} → ${short(to)}`).join(", ")

/** The name of a training as people read it. */
export const trainingName = (job: string): string => {
  if (job === finals.found) return "final training of the found parameters"
  if (job === finals.default) return "final training of the defaults"
  if (job === finals.random) return "final training of random search's best"
  return clean(job)
}

/** The result of a training: `97.8 %`. */
export const resultOf = (result: { readonly outcome: "trained" | "diverged"; readonly accuracy: number }): string =>
  result.outcome === "diverged" ? "diverged" : percent(result.accuracy)

/** How many trainings a run has in all, and how many are done. Repetitions of the team's finalists are the team's. */
export const progressOf = (state: RunState) => {
  const each = state.started?.trials ?? 0
  const done = { team: 0, "random search": 0, final: 0 }
  for (const { purpose } of state.finished.values()) done[purpose === "repetition" ? "team" : purpose]++
  const total = { team: each, "random search": each, final: Object.keys(finals).length }
  const sum = (parts: typeof done) => parts.team + parts["random search"] + parts.final
  return { done, total, doneAll: sum(done), totalAll: Math.max(sum(total), sum(done)) }
}
