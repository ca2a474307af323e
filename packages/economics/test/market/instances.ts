/** Random markets from a seed: any number of agents and goods up to six, with holes, ties and wide ranges. */
import { Arbitrary, Schema } from "effect"
import type { Calculator, Market } from "@mabeam/economics"
import { stream } from "../../src/internal/chances.ts"

/** A stream of numbers in [0, 1) from a seed. */
export { stream as chances }

export type Family = "fisher" | "exchange"

export const keyOf = (kind: Market.Kind) =>
  kind === "linear" ? "utilities" : kind === "cobb-douglas" ? "alpha" : kind === "ces" ? "weights" : "coefficients"

/**
 * What a random market is made from. `style`: any number, small integers with ties, text, or wide ranges; `tied` and `tied
 * text`: small integers, some of them a little more or less, so that doubles cannot always tell whether there is a tie.
 */
export interface Seeded {
  readonly seed: number
  readonly agents: number
  readonly goods: number
  readonly style: "any" | "small" | "text" | "wide" | "tied" | "tied text"
}

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

export const seeded: Arbitrary.Arbitrary<Seeded> = Arbitrary.map(
  Arbitrary.all([
    int(0, 1_000_000_000),
    int(1, 6),
    int(1, 6),
    Arbitrary.schema(Schema.Literals(["any", "small", "text", "wide"]))
  ]),
  ([seed, agents, goods, style]) => ({ seed, agents, goods, style })
)

const littles = [0, 0, 2.3e-16, 1e-15, -1e-15, 1e-12, 1e-9]

const amountOf = (chance: () => number, style: Seeded["style"]): number | string => {
  switch (style) {
    case "any":
      return 0.01 + chance()
    case "small":
      return 1 + Math.floor(chance() * 4)
    case "text":
      return `${1 + Math.floor(chance() * 9)}/${1 + Math.floor(chance() * 4)}`
    case "wide":
      return Math.exp(8 * (chance() - 0.5))
    case "tied":
      return Math.ceil(3 * chance()) * (1 + (littles[Math.floor(chance() * littles.length)] ?? 0))
    case "tied text":
      return `${Math.ceil(3 * chance())}.${"0".repeat(Math.floor(chance() * 25))}${Math.floor(3 * chance())}`
  }
}

/** A market in which every agent wants something and has something, and every good is wanted and there. */
export const inputOf = (family: Family, kind: Market.Kind, { agents, goods, seed, style }: Seeded, holes = 0.3) => {
  const chance = stream(seed)
  const one = () => amountOf(chance, style)
  const none = style === "text" || style === "tied text" ? "0" : 0
  const table = (hole: number, shift: number) => {
    const rows = Array.from({ length: agents }, () =>
      Array.from({ length: goods }, () => (chance() < hole ? none : one()))
    )
    for (let k = 0; k < Math.max(agents, goods); k++) rows[(k + shift) % agents]![k % goods] = one()
    return rows
  }
  const sigma = Array.from({ length: agents }, () => (chance() < 0.5 ? 0.2 + 0.7 * chance() : 1.1 + 3 * chance()))
  const input: { [key: string]: Calculator.Json } = { [keyOf(kind)]: table(holes, 0) }
  if (kind === "ces") input["sigma"] = style === "text" ? sigma.map((each) => each.toFixed(3)) : sigma
  if (family === "exchange") input["endowments"] = table(holes, 1)
  else {
    input["budgets"] = Array.from({ length: agents }, one)
    input["supplies"] = Array.from({ length: goods }, one)
  }
  return input
}
