/**
 * The record of an auction from which anyone can compute its result again.
 *
 * **Guarantees** `verify` decides anew from the inputs alone and names every field that differs; inputs that the
 * mechanism itself would refuse are refused here with the same errors.
 *
 * This is the open receipt of a live session: typed, on doubles, not sealed. `seal` turns it into the receipt that leaves the
 * program, which `ReceiptVerification` checks like that of any other calculator.
 *
 * **Does not guarantee** That the inputs are the bids that were made: whoever writes the receipt could have changed both.
 *
 * @since 0.1.0
 */
import { Equal, Result, Schema } from "effect"
import * as Refusal from "../input/Refusal.ts"
import * as SealedReceipt from "../receipt/SealedReceipt.ts"
import * as Bids from "./Bids.ts"
import * as FirstPrice from "./FirstPrice.ts"
import * as KUnitVickrey from "./KUnitVickrey.ts"
import * as SecondPrice from "./SecondPrice.ts"

/** A receipt of any of the auctions; `mechanism` says which. */
export const Receipt = Schema.Union([FirstPrice.Receipt, SecondPrice.Receipt, KUnitVickrey.Receipt])
export type Receipt = typeof Receipt.Type

/** A field of the decision that is not what the inputs lead to. */
export interface Difference {
  readonly field: string
  readonly stated: unknown
  readonly recomputed: unknown
}

/** The fields of `receipt.decision` that differ from what its inputs lead to; none when it is right. */
export const differences = (receipt: Receipt): ReadonlyArray<Difference> => {
  const recomputed = recompute(receipt).decision
  const stated = new Map<string, unknown>(Object.entries(receipt.decision))
  return Object.entries(recomputed)
    .map(([field, value]): Difference => ({ field, stated: stated.get(field), recomputed: value }))
    .filter((it) => !Equal.equals(it.stated, it.recomputed))
}

/** The receipt that the inputs of `receipt` lead to. */
export const recompute = (receipt: Receipt): Receipt => {
  switch (receipt.mechanism) {
    case "first-price":
      return FirstPrice.receipt(receipt.inputs)
    case "second-price":
      return SecondPrice.receipt(receipt.inputs)
    case "k-unit-vickrey":
      return KUnitVickrey.receipt(receipt.inputs)
  }
}

const calculators = {
  [FirstPrice.name]: FirstPrice.calculator,
  [SecondPrice.name]: SecondPrice.calculator,
  [KUnitVickrey.name]: KUnitVickrey.calculator
}

/**
 * Seals what the inputs of a receipt lead to, in the words of its calculator; `differences` says whether it is what the
 * receipt states. Fails if the mechanism would refuse the inputs.
 */
export const seal = ({
  inputs,
  mechanism,
  version
}: Receipt): Result.Result<SealedReceipt.SealedReceipt, Refusal.Refusal> =>
  Result.map(calculators[mechanism].solve(inputs), ({ decision }) =>
    SealedReceipt.seal({ mechanism, version, inputs, decision })
  )

const decode = Refusal.decode(Receipt)

/** Decodes a receipt from outside and gives the fields that differ; none when it is valid. */
export const verify = (input: unknown): Result.Result<ReadonlyArray<Difference>, Bids.InvalidInput> =>
  Result.flatMap(decode(input), (receipt): Result.Result<ReadonlyArray<Difference>, Bids.InvalidInput> => {
    const offence = Bids.judgeBidders(receipt.inputs)
    return offence === undefined ? Result.succeed(differences(receipt)) : Result.fail(offence)
  })
