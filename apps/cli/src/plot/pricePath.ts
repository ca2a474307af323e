/** Prices as they change: the trades of an order book, and prices on their way to an equilibrium. */
import { path, steps } from "@apps/demo/chart/Axes"
import { html, type Markup } from "@apps/demo/chart/Markup"
import type { Scale } from "@apps/demo/chart/Scale"
import type { Calculator } from "@mabeam/economics"
import { Result, Schema } from "effect"
import { type Colour, draw, frame, seriesMax, short } from "./chart.ts"
import { Money, read, toNumber } from "./reading.ts"

const Order = Schema.Struct({
  t: Money,
  op: Schema.String,
  side: Schema.optionalKey(Schema.String),
  price: Schema.optionalKey(Money)
})
const ordersOf = read(Schema.Array(Order))
const tradesOf = read(Schema.Struct({ trades: Schema.Array(Schema.Struct({ t: Money, price: Money, qty: Money })) }))

/** Limit orders at most; more would hide the path. */
const ordersMax = 2_000
/** Trades at most; more are drawn as a line without dots. */
const dotsMax = 1_000

/** Draws the trades of an order book, among the limit orders that led to them. */
export const trades = (inputs: Calculator.Json, decision: Calculator.Json): Result.Result<string, string> => {
  const orders = ordersOf(inputs)
  const traded = tradesOf(decision)?.trades.map(({ price, qty, t }) => ({
    t: toNumber(t),
    price: toNumber(price),
    qty: toNumber(qty)
  }))
  if (orders === undefined || traded === undefined) return Result.fail("there is nothing to draw")
  if (traded.length === 0) return Result.fail("nothing was traded, so there is no path of prices to draw")
  const limits = orders.flatMap(({ op, price, side, t }) =>
    op === "limit" && price !== undefined ? [{ t: toNumber(t), price: toNumber(price), isBuy: side === "buy" }] : []
  )
  const shownLimits = limits.length <= ordersMax ? limits : []
  const all = [...traded, ...shownLimits]
  const [tFrom, tTo] = extent([...orders.map(({ t }) => toNumber(t)), ...traded.map(({ t }) => t)])
  const [low, high] = extent(all.map(({ price }) => price))
  const room = (high - low) * 0.12 || high * 0.1 || 1
  const volume = traded.reduce((sum, { qty }) => sum + qty, 0)
  const last = traded.at(-1)!
  const most = traded.reduce((top, { qty }) => Math.max(top, qty), 0)
  return draw({
    title: `order book: ${traded.length} ${traded.length === 1 ? "trade" : "trades"}`,
    says: `volume ${short(volume)}, last price ${short(last.price)}`,
    x: { title: "time", ends: [tFrom - (tTo - tFrom) * 0.03, tTo + (tTo - tFrom) * 0.03] },
    y: { title: "price (money per unit)", ends: [Math.max(0, low - room), high + room] },
    legend: [
      { name: "price of the last trade", colour: "deal", mark: "line" },
      ...(traded.length <= dotsMax ? ([{ name: "trade, larger for more", colour: "deal", mark: "dot" }] as const) : []),
      ...(shownLimits.length > 0
        ? ([
            { name: "buy order", colour: "demand", mark: "box" },
            { name: "sell order", colour: "supply", mark: "box" }
          ] as const)
        : [])
    ],
    body: (x, y) => [
      ...shownLimits.map(({ isBuy, price, t }) => limit(x(t), y(price), isBuy, price)),
      html`<g class="deal"
        ><path
          class="line"
          d="${steps([...traded.map(({ price, t }) => [x(t), y(price)] as const), [x(tTo), y(last.price)]])}"
      /></g>`,
      ...(traded.length <= dotsMax ? traded.map((trade) => dot(trade, most, x, y)) : [])
    ]
  })
}

/** A triangle that points to where the other side is. */
const limit = (x: number, y: number, isBuy: boolean, price: number): Markup => {
  const tip = isBuy ? -5 : 5
  return html`<g class="${isBuy ? "demand" : "supply"}" opacity="0.75"
    ><path
      class="box"
      d="${`${path([
        [x - 4.5, y - tip / 2],
        [x + 4.5, y - tip / 2],
        [x, y + tip]
      ])}Z`}"
      ><title>${`${isBuy ? "buy" : "sell"} order at ${price}`}</title></path
    ></g
  >`
}

const dot = (
  { price, qty, t }: { readonly t: number; readonly price: number; readonly qty: number },
  most: number,
  x: Scale,
  y: Scale
): Markup =>
  html`<g class="deal"
    ><circle class="dot" cx="${x(t)}" cy="${y(price)}" r="${3.5 + (most === 0 ? 0 : Math.sqrt(qty / most) * 5.5)}"
      ><title>${`${short(qty)} at ${price}`}</title></circle
    ></g
  >`

const extent = (values: ReadonlyArray<number>): readonly [number, number] =>
  values.reduce<readonly [number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [values[0] ?? 0, values[0] ?? 0]
  )

/** Draws prices step by step, of all goods at each step, and dashed where they ought to come to rest. */
export const toEquilibrium = (
  title: string,
  says: string,
  steps: ReadonlyArray<ReadonlyArray<number>>,
  rest: ReadonlyArray<number>
): Result.Result<string, string> => {
  const goods = rest.length
  const all = [...steps.flat(), ...rest]
  if (!all.every(Number.isFinite)) return Result.fail("the numbers are too far apart for a path of prices")
  const highest = all.reduce((top, price) => Math.max(top, price), 0)
  const colourOf = (good: number): Colour => `series${good % seriesMax}`
  return draw({
    title,
    says,
    x: { title: "step", ends: [0, steps.length - 1], isCount: true },
    y: { title: "price (money per unit)", ends: [0, highest === 0 ? 1 : highest * 1.08] },
    legend: Array.from({ length: Math.min(goods, seriesMax) }, (_, good) => ({
      name:
        goods > seriesMax && good === seriesMax - 1 ? `good ${good}, and ${goods - seriesMax} more` : `good ${good}`,
      colour: colourOf(good),
      mark: "line" as const
    })),
    body: (x, y) =>
      Array.from({ length: goods }, (_, good) => {
        const points = steps.map((prices, step) => [x(step), y(prices[good] ?? 0)] as const)
        return html`<g class="${colourOf(good)}"
          ><line
            class="dash"
            x1="${frame.left}"
            x2="${frame.right}"
            y1="${y(rest[good] ?? 0)}"
            y2="${y(rest[good] ?? 0)}"
          /><path class="line" d="${path(points)}"><title>${`good ${good}`}</title></path></g
        >`
      })
  })
}
