/**
 * Live sessions of economics as pure steps: how many steps a second, settlement and receipt included.
 *
 * @since 0.1.0
 */
import { EnglishSession, SealedMechanism, SealedSession, SecondPrice } from "@mabeam/economics"
import { Effect } from "effect"
import type { Case } from "../case.ts"
import { chunked } from "../measure.ts"

/** So many steps, by the same inputs from the beginning again and again. */
const around = <S, I>(
  total: number,
  chunk: number,
  { initial, step }: { readonly initial: S; readonly step: (state: S, input: I) => readonly [S, ...unknown[]] },
  inputs: ReadonlyArray<I>
) => {
  let state = initial
  return chunked(total, chunk, (i) => {
    const at = i % inputs.length
    if (at === 0) state = initial
    const input = inputs[at]
    if (input !== undefined) [state] = step(state, input)
    return Effect.void
  })
}

/** The inputs of an auction of `n` bidders who each raise their maximum once. */
const proxies = (n: number): ReadonlyArray<EnglishSession.Input> => {
  const terms = { auction: "a", seller: "s", item: "x", reserve: 0, increment: 1 }
  const maxima = Array.from({ length: 2 * n }, (_, i): EnglishSession.Input => {
    // Rising, so that no bid is refused, with a rival for every leader.
    return { _tag: "Proxy", bidder: `b${i % n}`, maximum: 10 + 5 * i, at: i }
  })
  return [{ _tag: "Announce", terms }, ...maxima, { _tag: "Close", at: 2 * n }]
}

const english: Case = {
  name: "english auction step, proxies",
  about:
    "a step of an English auction in which every bidder bids by proxy, twice; announcement and settlement included",
  sizes: [10, 100],
  body: ({ effort, n }) => Effect.suspend(() => around(400_000 / effort.shrink, 200, EnglishSession, proxies(n)))
}

const protocol = SealedSession.make(SealedMechanism.oneItem(SecondPrice.calculator))

const sealed: Case = {
  name: "sealed session step, any mechanism",
  about:
    "a step of a sealed second-price session, settlement by the calculator with its properties and receipt included",
  sizes: [100],
  body: ({ effort, n }) =>
    Effect.suspend(() => {
      const participants = Array.from({ length: n }, (_, i) => `b${i}`)
      const terms = { session: "s", operator: "o", participants }
      const inputs: ReadonlyArray<SealedSession.Input> = [
        { _tag: "Announce", terms, rules: { item: "x", reserve: 1 } },
        ...participants.map((participant, i): SealedSession.Input => {
          return { _tag: "Submit", participant, submission: (i * 37) % 101, at: i }
        })
      ]
      return around(200_000 / effort.shrink, 202, protocol, inputs)
    })
}

export const protocolCases: ReadonlyArray<Case> = [english, sealed]
