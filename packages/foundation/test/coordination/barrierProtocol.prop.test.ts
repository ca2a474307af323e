/** P6 for the bare protocol: any inputs in any order, stale timers included. */
import { describe } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Protocol from "../../src/coordination/internal/barrier.ts"
import { campaign, law } from "../../src/testing/law.ts"

const party = Schema.Literals(["a", "b", "c", "constructor"])
const generation = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 6 }))
const PartyInput = Schema.Struct({
  _tag: Schema.Literals(["Join", "Arrive", "Arrive", "Arrive", "Leave", "Die", "Interrupt"]),
  party
})
const Input = Schema.Union([
  PartyInput,
  PartyInput,
  PartyInput,
  PartyInput,
  PartyInput,
  Schema.TaggedStruct("Expire", { generation }),
  Schema.TaggedStruct("Reset", {}),
  Schema.TaggedStruct("Remove", {})
])
const inputs = Arbitrary.all([
  Arbitrary.schema(Schema.Literals([1, 2, 3])),
  Arbitrary.array(Arbitrary.schema(Input), { maxLength: 80 })
])

const same = (a: ReadonlyArray<string>, b: ReadonlyArray<string>) => a.join("|") === b.join("|")

describe("the barrier protocol (P6)", () => {
  law(
    "a generation ends at most once, and its end names exactly those who arrived",
    campaign(10_000, 200_000),
    inputs,
    ([parties, history]) => {
      let state = Protocol.make(parties)
      for (const each of ["a", "b", "c"].slice(0, parties))
        state = Protocol.step(state, { _tag: "Join", party: each })[0]
      const ended = new Set<number>()
      let arrived: Array<string> = []
      for (const input of history) {
        const before = state
        const [next, outputs] = Protocol.step(state, input)
        state = next
        if (outputs.length > 1 || next.generation < before.generation) return false
        const output = outputs[0]
        const refused = output?._tag === "Refused"
        if (refused && next !== before) return false
        if (input._tag === "Arrive" && !refused) arrived.push(input.party)
        if (input._tag === "Expire" && input.generation !== before.generation && next !== before) return false
        switch (output?._tag) {
          case "Began":
            if (arrived.length !== 1) return false
            break
          case "Released":
            if (ended.has(output.generation) || !same(output.parties, arrived)) return false
            if (new Set(arrived).size !== parties) return false
            ended.add(output.generation)
            arrived = []
            break
          case "Broke":
            if (ended.has(output.breach.generation) || !same(output.waiting, arrived)) return false
            ended.add(output.breach.generation)
            arrived = []
            break
        }
        // Nobody is forgotten: who has arrived and was not told the end still waits.
        if (!same(Protocol.waiting(next), arrived)) return false
        if (arrived.length >= parties || (next.breach !== undefined && arrived.length > 0)) return false
      }
      return true
    }
  )
})
