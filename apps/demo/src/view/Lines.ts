/**
 * A run as plain lines, for pipes, files and logs: one line for each event worth telling. Pure.
 *
 * @since 0.1.0
 */
import { askedBy, nameOfFile } from "../run/reportOf.ts"
import { finals, type RunEvent } from "../run/RunEvent.ts"
import type { RunState } from "../run/RunState.ts"
import { clean, count, percent } from "./Text.ts"
import { changesOf, progressOf, resultOf, trainingName, verdict } from "./internal/words.ts"

/** Every so many trainings of random search get a line. */
const step = 10

/** The line for an event, if it is worth one. `state` holds the event already. */
export const lineOf = (event: RunEvent, state: RunState): string | undefined => {
  switch (event._tag) {
    case "RunStarted": {
      const { agents, data, seed, trials, workers } = event
      return clean(
        `run ${event.run}: ${count(agents.length, "agent")}, ${count(workers, "worker")}, ${count(trials, "trial")}, seed ${seed}; ` +
          `${nameOfFile(data.file)}: ${data.train} + ${data.validation} + ${data.test} rows, ${data.features} features, ${data.classes} classes`
      )
    }
    case "RunResumed":
      return `resumed: ${progressOf(state).doneAll} of ${progressOf(state).totalAll} trainings are done`
    case "RunInterrupted":
      return "interrupted"
    case "LeaderElected":
      return clean(`coordinator: ${event.leader}, term ${event.term} (${event.because})`)
    case "SlotsSold":
      return clean(soldLine(event))
    case "SlotReturned":
      return clean(`round ${event.round}: ${event.agent} gives its slot back: ${event.because}`)
    case "TrainingDied":
      return clean(`training ${event.job} died on ${event.worker} (attempt ${event.attempt}): ${event.because}`)
    case "TrainingFinished":
      return finishedLine(event, state)
    case "VariablesDecided":
      return clean(`vote: ${verdict(event)} on ${event.job} of ${event.proposer}: ${changesOf(event)}`)
    case "RoundClosed": {
      const best = state.best === undefined ? "no result yet" : `best so far ${resultOf(state.best.result)}`
      return `round ${event.round} closed: ${best}, ${progressOf(state).done.team} of ${progressOf(state).total.team} trials`
    }
    case "FaultInjected":
      return clean(`fault: ${event.kind} strikes ${event.target}${event.detail === "" ? "" : `: ${event.detail}`}`)
    case "FaultHealed":
      return clean(`healed: ${event.target} after ${event.kind}`)
    case "Restarted":
      return clean(`restart: ${event.target}: ${event.because}`)
    case "RunFinished":
      return `finished after ${event.seconds.toFixed(1)} s`
    case "RoundOpened":
      return event.slots > 0 ? undefined : `round ${event.round}: the finalists are trained again under other seeds`
    case "TrialProposed":
    case "TrainingStarted":
      return undefined
  }
}

const soldLine = ({ price, round, silent, winners }: Extract<RunEvent, { readonly _tag: "SlotsSold" }>): string => {
  const rest = silent.length === 0 ? "" : `; silent: ${silent.join(", ")}`
  if (winners.length === 0) return `round ${round}: no slot was sold${rest}`
  return `round ${round}: ${winners.join(", ")} ${winners.length === 1 ? "wins a slot" : "win slots"} at ${count(price, "credit")}${rest}`
}

const finishedLine = (
  { job, purpose, result }: Extract<RunEvent, { readonly _tag: "TrainingFinished" }>,
  state: RunState
): string | undefined => {
  switch (purpose) {
    case "team": {
      const agent = state.trials.get(job)?.agent
      const isBest = state.best?.job === job ? ", the best so far" : ""
      return clean(`trial ${job}${agent === undefined ? "" : ` (${agent})`}: ${resultOf(result)}${isBest}`)
    }
    case "random search": {
      const { done, total } = progressOf(state)
      const number = done["random search"]
      return number % step === 0 || number === total["random search"]
        ? `random search: ${number} of ${total["random search"]} trainings`
        : undefined
    }
    case "repetition":
      return clean(`trial ${job} (${askedBy(state, job, purpose)}): ${resultOf(result)} under another seed`)
    case "final": {
      const known = Object.values<string>(finals).includes(job)
      return `${known ? trainingName(job) : clean(job)}: ${percent(result.accuracy, 2)} on the test part`
    }
  }
}
