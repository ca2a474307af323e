/** The bids of a combinatorial auction by the size of their bundles and their price; those that win are marked. */
import { html, type Markup } from "@apps/demo/chart/Markup"
import type { Calculator } from "@mabeam/economics"
import { Result, Schema } from "effect"
import { clipped, draw, short } from "./chart.ts"
import { Money, read, toNumber } from "./reading.ts"

const inputsOf = read(
  Schema.Struct({
    bids: Schema.Array(
      Schema.Struct({ id: Schema.String, bidder: Schema.String, items: Schema.Array(Schema.String), price: Money })
    )
  })
)
const decisionOf = read(
  Schema.Struct({
    winningBids: Schema.Array(Schema.String),
    welfare: Money,
    revenue: Schema.optionalKey(Money),
    optimal: Schema.optionalKey(Schema.Boolean)
  })
)

/** More bids than this would be a file that nobody opens. */
const bidsMax = 20_000
/** So many bids have room for their names. */
const namedMax = 12

export const bundles = (
  name: string,
  inputs: Calculator.Json,
  decision: Calculator.Json
): Result.Result<string, string> => {
  const given = inputsOf(inputs)
  const decided = decisionOf(decision)
  if (given === undefined || decided === undefined) return Result.fail("there is nothing to draw")
  if (given.bids.length === 0) return Result.fail("there are no bids to draw")
  if (given.bids.length > bidsMax)
    return Result.fail(`${given.bids.length} bids are too many to draw; ${bidsMax} are not`)
  const won = new Set(decided.winningBids)
  const points = given.bids.map(({ bidder, id, items, price }) => ({
    id,
    size: new Set(items).size,
    price: toNumber(price),
    won: won.has(id),
    text: `${id} of ${bidder}: ${items.join(", ")} for ${price}`
  }))
  const sizes = points.map(({ size }) => size)
  const largest = sizes.reduce((most, size) => Math.max(most, size), 1)
  const highest = points.reduce((most, { price }) => Math.max(most, price), 0)
  const beside = offsets(sizes)
  const radius = points.length <= 300 ? 5.5 : 3
  const revenue = decided.revenue === undefined ? "" : `, revenue ${short(toNumber(decided.revenue))}`
  return draw({
    title: `${name}: ${points.length} bids for bundles`,
    says: `${won.size} ${won.size === 1 ? "bid wins" : "bids win"}: welfare ${short(toNumber(decided.welfare))}${revenue}${decided.optimal === false ? "; not proven optimal" : ""}`,
    x: { title: "goods in the bundle", ends: [0.4, largest + 0.6], isCount: true },
    y: { title: "price offered (units of money)", ends: [0, highest === 0 ? 1 : highest * 1.08] },
    legend: [
      { name: "winning bids", colour: "deal", mark: "dot" },
      { name: "other bids", colour: "rest", mark: "dot" }
    ],
    // Winners last, so that they lie on top.
    body: (x, y) =>
      [false, true].flatMap((wins) =>
        points.flatMap(({ id, price, size, text, won: isWinner }, index) =>
          isWinner === wins
            ? [
                html`<g class="${wins ? "deal" : "rest"}"
                  ><circle
                    class="dot"
                    cx="${x(size + (beside[index] ?? 0))}"
                    cy="${y(price)}"
                    r="${wins ? radius + 1 : radius}"
                    ><title>${text}</title></circle
                  >${points.length <= namedMax ? [nameOf(id, x(size + (beside[index] ?? 0)), y(price))] : []}</g
                >`
              ]
            : []
        )
      )
  })
}

const nameOf = (id: string, x: number, y: number): Markup =>
  html`<text x="${x + 11}" y="${y + 4}">${clipped(id, 14)}</text>`

/** Bids of one size stand beside each other, in their order. */
const offsets = (sizes: ReadonlyArray<number>): ReadonlyArray<number> => {
  const totals = new Map<number, number>()
  for (const size of sizes) totals.set(size, (totals.get(size) ?? 0) + 1)
  const seen = new Map<number, number>()
  return sizes.map((size) => {
    const index = seen.get(size) ?? 0
    seen.set(size, index + 1)
    const total = totals.get(size) ?? 1
    return total === 1 ? 0 : (index / (total - 1) - 0.5) * Math.min(0.7, total * 0.08)
  })
}
