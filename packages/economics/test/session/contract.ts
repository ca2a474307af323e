/** A task and what happens to it, as the tests of the contract net write it. */
import { ContractNet } from "@mabeam/economics"
import { runner } from "./harness.ts"

export type Input = ContractNet.Input
export const run = runner(ContractNet.initial, ContractNet.step)

export const base: ContractNet.Terms = {
  task: "t1",
  manager: "lab",
  spec: { kind: "train" },
  requires: ["gpu"],
  priceMax: 64,
  durationMax: 256,
  bidsUntil: 10,
  answerWithin: 10,
  grace: 20,
  deposit: 8,
  penalty: { late: 3, failed: 8 },
  compensation: 5,
  awardsMax: 3,
  scoring: { price: 1, duration: 0, confidence: 0 },
  proof: { _tag: "Explicit", within: 30 }
}
export const announce = (terms: Partial<ContractNet.Terms> = {}): Input => ({
  _tag: "Announce",
  terms: { ...base, ...terms }
})
export const bid = (bidder: string, price: number, more: object = {}): Input => ({
  _tag: "Bid",
  task: "t1",
  bidder,
  price,
  duration: 100,
  confidence: 1,
  capabilities: ["gpu"],
  at: 1,
  ...more
})
type Simple = "Accept" | "Decline" | "Progress" | "GiveUp" | "Verified" | "Rejected"
export const say = (_tag: Simple, bidder: string, at: number): Input => ({ _tag, task: "t1", bidder, at })
export const deliver = (bidder: string, at: number, proof: ContractNet.Proof | object | string = "done"): Input => ({
  _tag: "Deliver",
  task: "t1",
  bidder,
  proof: JSON.parse(JSON.stringify(proof)),
  at
})
export const cancel = (at: number): Input => ({ _tag: "Cancel", task: "t1", at })
export const died = (bidder: string, at: number): Input => ({ _tag: "Died", bidder, at })
export const tick = (at: number): Input => ({ _tag: "Tick", at })

/** Three bids, b best, then a, then c; b has accepted at 12. */
export const working = (terms: Partial<ContractNet.Terms> = {}) => [
  announce(terms),
  bid("a", 30),
  bid("b", 20),
  bid("c", 40),
  tick(10),
  say("Accept", "b", 12)
]
