/**
 * What auctions are made of: bidders, bids, who may bid, and the record of what was decided.
 *
 * **Guarantees** Input from outside is decoded whole before anything is decided: unknown keys, amounts that are not finite
 * or negative, a second bid of one bidder and a bid of somebody who is not admitted are refused with the place of the
 * offence, by the refusals of `Refusal`.
 *
 * **Does not guarantee** Exact arithmetic on fractions: an amount here is a double, which is what live sessions compare. A
 * mechanism that only compares amounts and hands one of them out as the price is exact for every amount. The calculators
 * take amounts as text, too, and are exact on them.
 *
 * @since 0.1.0
 */
import { Effect, Result, Schema } from "effect"
import * as Refusal from "../input/Refusal.ts"
import * as Names from "../internal/name.ts"
import * as WholeList from "../internal/wholeList.ts"

/** The name of a bidder: 1 to 255 characters. */
export const Bidder = Names.Name

const expected = Refusal.expectedAmount

/** An amount of money or credits: finite, not negative. */
export const Amount = Schema.Number.check(Schema.isFinite({ expected }), Schema.isGreaterThanOrEqualTo(0, { expected }))

/** What one bidder offers. */
export const Bid = Schema.Struct({ bidder: Bidder, amount: Amount })
export type Bid = typeof Bid.Type

/** The fields of every sealed-bid auction; `bids` is the schema of its list of bids. */
export const fields = <List extends Schema.Constraint>(bids: List) => ({
  /** At most one per bidder, in order of arrival. */
  bids,
  /** The lowest price of what is sold; a bid equal to it may win. Default 0. */
  reserve: Amount.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0))),
  /** Who may bid. Without it, anyone. */
  bidders: Schema.optionalKey(Schema.Array(Bidder))
})

/** All that can be wrong with the input of a sealed-bid auction. */
export type InvalidInput = Refusal.InvalidFormat | Refusal.InvalidAmount | Refusal.DuplicateName | Refusal.UnknownName

/** The rule among equal bids in every auction here: the one that came first. */
export const tieBreak = "earliest-bid"

/** Whether a number is an amount: finite and not negative. */
export const isAmount = (amount: number): boolean => amount >= 0 && amount < Infinity

/** Whether a value is the name of a bidder. */
export const isBidder = Names.isName

const isBid = (input: object): boolean =>
  WholeList.hasOnly(input, "bidder", "amount") &&
  "bidder" in input &&
  "amount" in input &&
  isBidder(input.bidder) &&
  typeof input.amount === "number" &&
  isAmount(input.amount)

/** Who bids, and who may; the amounts of such bids may be of any kind. */
export interface Entries {
  readonly bids: ReadonlyArray<{ readonly bidder: string }>
  readonly bidders?: ReadonlyArray<string> | undefined
}

/** Judges who bids: admitted bidders are named once, only they bid, and each bids once. Gives the first offence. */
export const judgeBidders = (
  { bidders, bids }: Entries,
  key = "bids"
): Refusal.DuplicateName | Refusal.UnknownName | undefined => {
  const admitted = bidders === undefined ? undefined : new Set(bidders)
  if (bidders !== undefined && admitted?.size !== bidders.length) {
    return Refusal.duplicateOf(bidders, (index) => ["bidders", index])
  }
  const seen = new Set<string>()
  for (let index = 0; index < bids.length; index++) {
    const name = bids[index]?.bidder ?? ""
    const path = [key, index, "bidder"]
    if (admitted?.has(name) === false) {
      return new Refusal.UnknownName({ path, name, known: "the admitted bidders" })
    }
    seen.add(name)
    if (seen.size <= index) return new Refusal.DuplicateName({ path, name })
  }
  return undefined
}

/** What `judge` looks at. */
export interface Judgeable extends Entries {
  readonly bids: ReadonlyArray<Bid>
  readonly reserve: number
}

/** Judges bids that no schema has judged: amounts first, then as `judgeBidders`. Gives the first offence. */
export const judge = (inputs: Judgeable): Exclude<InvalidInput, Refusal.InvalidFormat> | undefined => {
  if (!isAmount(inputs.reserve)) return new Refusal.InvalidAmount({ path: ["reserve"], amount: inputs.reserve })
  const index = inputs.bids.findIndex(({ amount }) => !isAmount(amount))
  const amount = inputs.bids[index]?.amount
  if (amount !== undefined) return new Refusal.InvalidAmount({ path: ["bids", index, "amount"], amount })
  return judgeBidders(inputs)
}

/** Decodes the inputs of an auction, described by the schema of its list of bids, from outside and judges who bids. */
export const decode = <S extends Schema.ConstraintDecoder<unknown> & { readonly Type: Entries }>(
  schema: (bids: WholeList.List<Bid>) => S
): ((input: unknown) => Result.Result<S["Type"], InvalidInput>) => {
  const run = WholeList.decode(isBid, Bid, schema)
  return (input) =>
    Result.flatMap(run(input), (inputs): Result.Result<S["Type"], InvalidInput> => {
      const offence = judgeBidders(inputs)
      return offence === undefined ? Result.succeed(inputs) : Result.fail(offence)
    })
}

/** The schema of an auction's receipt: its inputs and the decision they led to. */
export const Receipt = <
  const Name extends string,
  Inputs extends Schema.Constraint,
  Decision extends Schema.Constraint
>(
  name: Name,
  inputs: Inputs,
  decision: Decision
) =>
  Schema.Struct({
    mechanism: Schema.Literal(name),
    version: Schema.Literal(1),
    tieBreak: Schema.Literal(tieBreak),
    inputs,
    decision
  })

/** A receipt that `Receipt` describes. */
export const receipt = <Name extends string, Inputs, Decision>(
  mechanism: Name,
  inputs: Inputs,
  decision: Decision
) => ({
  mechanism,
  version: 1 as const,
  tieBreak: tieBreak as typeof tieBreak,
  inputs,
  decision
})
