/**
 * Auctions of one item and of identical units, decided from decoded bids and from input from outside.
 *
 * @since 0.1.0
 */
import { Amount, EnglishClock, FirstPrice, KUnitVickrey, SecondPrice, SingleItem, Valuations } from "@mabeam/economics"
import { Result } from "effect"
import { type Case, limit, prepared } from "../case.ts"

const many = 100_000

/** Amounts in no order, with some ties. */
const bidsOf = (n: number) =>
  Array.from({ length: n }, (_, index) => ({ bidder: `bidder-${index}`, amount: (index * 7919) % 104_729 }))

const repeated = (
  name: string,
  about: string,
  sizes: ReadonlyArray<number>,
  work: (n: number) => () => unknown
): Case => ({ name, about, sizes, body: prepared(200, work) })

/** The promise of the design: 100,000 bids in 2 ms, from decoded input. */
const decided = (name: string, about: string, work: (n: number) => () => unknown): Case => ({
  ...repeated(name, about, [1000, many], work),
  targets: (n) => (n === many ? limit("p50_us", 2000)() : [])
})

const decode = (name: string, interpreted: boolean): Case => ({
  ...repeated(
    name,
    `bids from outside, decoded and judged, ${interpreted ? "interpreted" : "compiled"}`,
    [many],
    (n) => {
      const input = { bids: bidsOf(n) }
      return () => Result.getOrThrow(SingleItem.decode(input))
    }
  ),
  interpreted
})

export const auctionCases: ReadonlyArray<Case> = [
  decided("auction decide, first price", "the winner of sealed bids at first price", (n) => {
    const bids = bidsOf(n)
    return () => FirstPrice.decide(bids, 1)
  }),
  decided("auction decide, second price", "the winner of sealed bids at second price", (n) => {
    const bids = bidsOf(n)
    return () => SecondPrice.decide(bids, 1)
  }),
  decided("auction decide, english clock", "where a clock by 0.01 stops", (n) => {
    const amounts = bidsOf(n).map((bid) => bid.amount)
    return () => EnglishClock.stop(Amount.doubles, amounts, { start: 0, step: 0.01 })
  }),
  repeated("auction decide, k units", "1,000 units at the highest rejected bid", [many], (n) => {
    const bids = bidsOf(n)
    return () => KUnitVickrey.decide(bids, 1000, 1)
  }),
  repeated("auction clock, far", "an english clock that would call 10^608 prices", [2], () => {
    return () => EnglishClock.stop(Amount.doubles, [1e308, 1.5e308], { start: 0, step: 1e-300 })
  }),
  decode("auction decode, compiled", false),
  decode("auction decode, interpreted", true),
  repeated("auction solve, second price", "input from outside to an answer with judged properties", [10, many], (n) => {
    const input = { bids: bidsOf(n), reserve: 1 }
    return () => Result.getOrThrow(SecondPrice.calculator.solve(input))
  }),
  repeated("auction solve, exactly", "the same with all amounts as text", [10, many], (n) => {
    const input = { bids: bidsOf(n).map(({ amount, bidder }) => ({ bidder, amount: `${amount}.25` })), reserve: "1" }
    return () => Result.getOrThrow(SecondPrice.calculator.solve(input))
  }),
  repeated("verify, assignment", "the greatest welfare of n agents with unit demand over n items", [100, 300], (n) => {
    const valuations = Array.from({ length: n }, (_, row) => ({
      kind: "unit-demand" as const,
      values: new Map(Array.from({ length: n }, (__, column) => [column, (row * 7919 + column * 104_729) % 1009]))
    }))
    return () => Valuations.maxWelfare(Amount.doubles, "unit-demand", valuations, n)
  })
]
