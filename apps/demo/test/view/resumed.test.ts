import { expect, it } from "@effect/vitest"
import { reelectionsOf } from "../../src/run/reportOf.ts"
import type { RunEvent } from "../../src/run/RunEvent.ts"
import { evolve, initial } from "../../src/run/RunState.ts"

const elected = (term: number, leader: string): RunEvent => ({ _tag: "LeaderElected", term, leader, because: "" })
const stateOf = (events: ReadonlyArray<RunEvent>) =>
  events.reduce((state, event, at) => evolve(state, event, at), initial)

it("the election that begins a resumed run is no re-election", () => {
  const resumed = [elected(1, "ada"), { _tag: "RunResumed" }, elected(2, "ada")] satisfies ReadonlyArray<RunEvent>
  expect(reelectionsOf(stateOf(resumed))).toBe(0)
  expect(reelectionsOf(stateOf([...resumed, elected(3, "bob")]))).toBe(1)
})

it("a resumption heals the faults that were open", () => {
  const fault: RunEvent = { _tag: "FaultInjected", fault: 1, kind: "poison message", target: "ada", detail: "" }
  expect(stateOf([fault]).faults[0]?.healedAt).toBeUndefined()
  expect(stateOf([fault, { _tag: "RunResumed" }]).faults[0]?.healedAt).toBe(1)
})
