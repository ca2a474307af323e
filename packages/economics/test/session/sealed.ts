/** The inputs of sealed sessions, as their tests write them. */
import type { SealedSession } from "@mabeam/economics"

type Input = SealedSession.Input

const base = { session: "s1", operator: "house" }
export const announce = (rules: unknown = { item: "vase" }, terms: Partial<SealedSession.Terms> = {}): Input => ({
  _tag: "Announce",
  terms: { ...base, ...terms },
  rules
})
export const submit = (participant: string, submission: unknown, at = 0): Input => ({
  _tag: "Submit",
  participant,
  submission,
  at
})
export const pass = (participant: string, at = 0): Input => ({ _tag: "Pass", participant, at })
export const withdraw = (participant: string, at = 0): Input => ({ _tag: "Withdraw", participant, at })
export const died = (participant: string, at = 0): Input => ({ _tag: "Died", participant, at })
export const tick = (at: number): Input => ({ _tag: "Tick", at })
export const close = (at = 0): Input => ({ _tag: "Close", at })
export const solved = (decision: unknown): Input => ({ _tag: "Solved", decision })
