/** What each command calculates with. */
import { Book, type Calculator, Calculators, ConsensusTally, Verify } from "@mabeam/economics"
import { Effect } from "effect"
import type { Choice } from "./Answers.ts"
import type { Noun } from "./Calculation.ts"

/** The calculators of a command. */
export const choiceOf = (noun: Noun): Effect.Effect<Choice> =>
  noun === "clock" ? clock : Effect.sync(() => mechanisms(noun))

// The services of Foundation take long to load: only the clock waits for them.
const clock = Effect.map(
  Effect.promise(() => import("../clock/ClockOrder.ts")),
  ({ calculator }): Choice => ({ _tag: "Only", calculator })
)

const mechanisms = (noun: Exclude<Noun, "clock">): Choice => {
  switch (noun) {
    case "auction":
      return { _tag: "Named", key: "mechanism", calculators: Calculators.auctions }
    case "market":
      return { _tag: "Named", key: "kind", calculators: Calculators.markets }
    case "vote":
      return { _tag: "Named", key: "rule", calculators: tallies }
    case "book":
      // An input is a list of orders, which are objects: a list of lists is many inputs.
      return { _tag: "Only", calculator: Book.calculator, isList: (document) => Array.isArray(document[0]) }
    case "consensus":
      return { _tag: "Only", calculator: ConsensusTally.calculator }
    case "verify":
      return { _tag: "Only", calculator: verify }
  }
}

/** The rules that count ballots: consensus has a command of its own. */
const tallies: Calculators.Table = new Map(
  [...Calculators.votes].filter(([, calculator]) => calculator !== ConsensusTally.calculator)
)

/** What `--receipt` wrote is taken as it is, too. */
const verify: Calculator.SlowCalculator = {
  ...Verify.calculator,
  solve: (input) => Verify.calculator.solve(isReceipt(input) ? { receipt: input } : input)
}

const isReceipt = (input: unknown): boolean =>
  typeof input === "object" && input !== null && Object.hasOwn(input, "mechanism") && Object.hasOwn(input, "hash")
