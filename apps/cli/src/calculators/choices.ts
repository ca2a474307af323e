/** What each command calculates with. */
import { Calculators } from "@mabeam/economics"
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
      return { _tag: "Named", key: "rule", calculators: Calculators.votes }
    case "book":
    case "consensus":
    case "verify":
      throw new Error("not there yet")
  }
}
