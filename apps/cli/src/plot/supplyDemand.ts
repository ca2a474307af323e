/** Supply and demand with the clearing: of two-sided auctions, call markets, and curves. */
import { path } from "@apps/demo/chart/Axes"
import { html, type Markup } from "@apps/demo/chart/Markup"
import type { Scale } from "@apps/demo/chart/Scale"
import type { Calculator } from "@mabeam/economics"
import { Result, Schema } from "effect"
import { draw, frame, level, short } from "./chart.ts"
import { Money, read, toNumber } from "./reading.ts"

/** So much is wanted, or offered, at a price; `price` is infinite for a demand at any price, 0 for such a supply. */
interface Step {
  readonly price: number
  readonly qty: number
}

/** A curve from quantity 0 on. */
type Curve =
  | { readonly _tag: "Steps"; readonly steps: ReadonlyArray<Step> }
  /** From one point to another, quantity first. */
  | { readonly _tag: "Line"; readonly from: readonly [number, number]; readonly to: readonly [number, number] }

interface Cross {
  readonly title: string
  readonly says: string
  readonly demand: Curve
  readonly supply: Curve
  /** Prices at which the market clears. */
  readonly clearing: readonly [low: number, high: number] | undefined
  readonly volume: number
  /** Whether quantities are whole. */
  readonly isUnits: boolean
  /** What is paid and received; one of them if they are equal. */
  readonly prices: ReadonlyArray<{ readonly name: string; readonly price: number }>
}

const Unit = Schema.Struct({ id: Schema.String, amount: Money })
const unitsOf = read(Schema.Struct({ buyers: Schema.Array(Unit), sellers: Schema.Array(Unit) }))

const Order = Schema.Struct({ side: Schema.Literals(["buy", "sell"]), price: Schema.optionalKey(Money), qty: Money })
const ordersOf = read(Schema.Struct({ orders: Schema.Array(Order) }))

const Steps = Schema.Struct({ steps: Schema.Array(Schema.Struct({ price: Money, qty: Money })) })
const curvesOf = read(
  Schema.Struct({
    demand: Schema.Union([Schema.Struct({ a: Money, b: Money }), Steps]),
    supply: Schema.Union([Schema.Struct({ c: Money, d: Money }), Steps])
  })
)

const MaybePrice = Schema.optionalKey(Schema.NullOr(Money))
const decisionOf = read(
  Schema.Struct({
    volume: Schema.optionalKey(Money),
    quantity: Schema.optionalKey(Money),
    price: MaybePrice,
    buyerPrice: MaybePrice,
    sellerPrice: MaybePrice,
    clearing: Schema.optionalKey(Schema.NullOr(Schema.Struct({ low: Money, high: Money })))
  })
)
type Decision = NonNullable<ReturnType<typeof decisionOf>>

/** Draws a two-sided auction or a call market. */
export const twoSided = (
  name: string,
  inputs: Calculator.Json,
  decision: Calculator.Json
): Result.Result<string, string> => {
  const decided = decisionOf(decision)
  const units = unitsOf(inputs)
  const orders = ordersOf(inputs)
  if (decided === undefined) return Result.fail("there is nothing to draw")
  if (units !== undefined) {
    const one = ({ amount }: typeof Unit.Type): Step => ({ price: toNumber(amount), qty: 1 })
    return cross(name, units.buyers.map(one), units.sellers.map(one), decided, true)
  }
  if (orders === undefined) return Result.fail("there is nothing to draw")
  const side = (wanted: "buy" | "sell", atAnyPrice: number): ReadonlyArray<Step> =>
    orders.orders
      .filter((order) => order.side === wanted)
      .map(({ price, qty }) => ({ price: price === undefined ? atAnyPrice : toNumber(price), qty: toNumber(qty) }))
  return cross(name, side("buy", Infinity), side("sell", 0), decided, false)
}

const cross = (
  name: string,
  demand: ReadonlyArray<Step>,
  supply: ReadonlyArray<Step>,
  decided: Decision,
  isUnits: boolean
): Result.Result<string, string> => {
  if (demand.length === 0 && supply.length === 0) return Result.fail("there are no bids to draw")
  const volume = toNumber(decided.volume ?? 0)
  return crossing({
    title: `${name}: supply and demand`,
    says:
      volume === 0
        ? "no trade is possible"
        : `volume ${short(volume)}${pricesOf(decided)
            .map(({ name: it, price }) => `, ${it} ${short(price)}`)
            .join("")}`,
    demand: { _tag: "Steps", steps: demand.toSorted((a, b) => (a.price === b.price ? 0 : b.price - a.price)) },
    supply: { _tag: "Steps", steps: supply.toSorted((a, b) => a.price - b.price) },
    clearing: decided.clearing ? [toNumber(decided.clearing.low), toNumber(decided.clearing.high)] : undefined,
    volume,
    isUnits,
    prices: pricesOf(decided)
  })
}

const pricesOf = ({ buyerPrice, price, sellerPrice }: Decision): Cross["prices"] => {
  const known = (name: string, value: string | number | null | undefined) =>
    value === null || value === undefined ? [] : [{ name, price: toNumber(value) }]
  const [paid] = known("buyers pay", buyerPrice)
  const [received] = known("sellers receive", sellerPrice)
  if (paid !== undefined && paid.price === received?.price) return [{ name: "price", price: paid.price }]
  return [
    ...known("price", price),
    ...(paid === undefined ? [] : [paid]),
    ...(received === undefined ? [] : [received])
  ]
}

/** Draws curves of supply and demand. */
export const curves = (inputs: Calculator.Json, decision: Calculator.Json): Result.Result<string, string> => {
  const given = curvesOf(inputs)
  const decided = decisionOf(decision)
  if (given === undefined || decided === undefined) return Result.fail("there is nothing to draw")
  const quantity = toNumber(decided.quantity ?? 0)
  const price = decided.price === null || decided.price === undefined ? undefined : toNumber(decided.price)
  return crossing({
    title: "supply and demand",
    says: price === undefined ? "no trade is possible" : `${short(quantity)} are traded at ${short(price)}`,
    ...bothCurves(given.demand, given.supply, price ?? 0),
    clearing: undefined,
    volume: quantity,
    isUnits: false,
    prices: price === undefined ? [] : [{ name: "price", price }]
  })
}

type Given = NonNullable<ReturnType<typeof curvesOf>>

const bothCurves = (
  demand: Given["demand"],
  supply: Given["supply"],
  price: number
): Pick<Cross, "demand" | "supply"> => {
  const line = (from: readonly [number, number], to: readonly [number, number]): Curve => ({ _tag: "Line", from, to })
  const stepped = ({ steps }: typeof Steps.Type, sign: 1 | -1): Curve => ({
    _tag: "Steps",
    steps: steps
      .map(({ price, qty }) => ({ price: toNumber(price), qty: toNumber(qty) }))
      .toSorted((one, other) => sign * (one.price - other.price))
  })
  const wanted = "steps" in demand ? stepped(demand, -1) : undefined
  const offered = "steps" in supply ? stepped(supply, 1) : undefined
  // A line of demand ends where nobody wants anything, at a / b, or nowhere; one of supply is drawn as high. They meet.
  const lineOfDemand = "steps" in demand ? undefined : { a: toNumber(demand.a), b: toNumber(demand.b) }
  const lineOfSupply = "steps" in supply ? undefined : { c: toNumber(supply.c), d: toNumber(supply.d) }
  const highest =
    lineOfDemand !== undefined && lineOfDemand.b > 0
      ? lineOfDemand.a / lineOfDemand.b
      : Math.max(
          1,
          price,
          ...[wanted, offered].flatMap((it) => (it?._tag === "Steps" ? it.steps.map(({ price }) => price) : []))
        )
  const first = lineOfSupply === undefined || lineOfSupply.d <= 0 ? 0 : Math.max(0, -lineOfSupply.c / lineOfSupply.d)
  const top = Math.max(highest, first) * 1.05
  return {
    demand:
      wanted ??
      line([lineOfDemand!.a - lineOfDemand!.b * Math.min(top, highest), Math.min(top, highest)], [lineOfDemand!.a, 0]),
    supply:
      offered ??
      line([lineOfSupply!.c + lineOfSupply!.d * first, first], [lineOfSupply!.c + lineOfSupply!.d * top, top])
  }
}

// --- the drawing -----------------------------------------------------------------------------------------------------

/** Steps at most; more are drawn as every so many. */
const stepsMax = 2_000

const crossing = (given: Cross): Result.Result<string, string> => {
  const values = [...pointsOf(given.demand), ...pointsOf(given.supply)]
  const prices = [...values.map(([, price]) => price), ...given.prices.map(({ price }) => price)].filter(
    Number.isFinite
  )
  const isAnyPrice = values.some(([, price]) => price === Infinity)
  const most = values.reduce((top, [qty]) => Math.max(top, qty), given.volume)
  const highest = prices.reduce((top, price) => Math.max(top, price), 0)
  const lowest = prices.reduce((low, price) => Math.min(low, price), highest)
  const from = lowest > highest * 0.6 ? Math.max(0, lowest - (highest - lowest) * 0.3) : 0
  const top = highest === 0 ? 1 : highest + (highest - from) * 0.12
  return draw({
    title: given.title,
    says: given.says,
    x: { title: "quantity (units)", ends: [0, most === 0 ? 1 : most * 1.04], isCount: given.isUnits },
    y: { title: "price (money per unit)", ends: [from, top] },
    legend: [
      { name: isAnyPrice ? "demand, at any price on top" : "demand", colour: "demand", mark: "line" },
      { name: "supply", colour: "supply", mark: "line" },
      ...(given.volume > 0 ? ([{ name: "clearing", colour: "deal", mark: "dot" }] as const) : [])
    ],
    body: (x, y) => [
      ...(given.clearing === undefined ? [] : [band(given.clearing, y)]),
      curve(given.demand, "demand", x, y),
      curve(given.supply, "supply", x, y),
      ...deals(given, x, y)
    ]
  })
}

const pointsOf = (it: Curve): ReadonlyArray<readonly [number, number]> =>
  it._tag === "Line" ? [it.from, it.to] : cornersOf(it.steps)

/** The corners of a staircase, quantity first. */
const cornersOf = (steps: ReadonlyArray<Step>): ReadonlyArray<readonly [number, number]> => {
  let total = 0
  return steps.flatMap(({ price, qty }) => {
    const from = total
    total += qty
    return [
      [from, price],
      [total, price]
    ] as const
  })
}

const curve = (it: Curve, colour: "demand" | "supply", x: Scale, y: Scale): Markup => {
  const corners = pointsOf(it)
  const every = it._tag === "Line" ? 1 : Math.max(1, Math.ceil(it.steps.length / stepsMax))
  // Both corners of a step are kept or left out together.
  const kept = corners.filter((_, index) => Math.floor(index / 2) % every === 0 || index >= corners.length - 2)
  // Those who buy at any price stand at the upper edge.
  const points = kept.map(([qty, price]) => [x(qty), Math.max(frame.top, y(price))] as const)
  return html`<g class="${colour}"><path class="line" d="${path(points)}" /></g>`
}

const band = ([low, high]: readonly [number, number], y: Scale): Markup =>
  html`<g class="deal"
    ><rect
      class="band"
      x="${frame.left}"
      width="${frame.right - frame.left}"
      y="${y(high)}"
      height="${Math.max(1, y(low) - y(high))}"
      ><title>${`clearing prices from ${low} to ${high}`}</title></rect
    ></g
  >`

const deals = ({ prices, volume }: Cross, x: Scale, y: Scale): ReadonlyArray<Markup> => {
  if (volume === 0 || prices.length === 0) return []
  const sorted = prices.toSorted((a, b) => b.price - a.price)
  const right = x(volume)
  const upper = y(sorted[0]!.price)
  const says = `volume ${short(volume)}`
  // Where all that is offered is traded the mark stands at the right edge, and its text on the other side of it.
  const isAtEdge = right + 6 + 8 * says.length > frame.right
  // The lowest prices have their own texts where the volume has it.
  const isTaken = sorted.some(({ price }) => y(price) > frame.bottom - 42)
  return [
    ...sorted.map(({ name, price }, index) =>
      level(y(price), "deal", `${name} ${short(price)}`, index === 0 ? "above" : "below")
    ),
    html`<g class="deal"
      ><line class="dash" x1="${right}" x2="${right}" y1="${upper}" y2="${frame.bottom}" /><text
        class="note"
        x="${isAtEdge ? right - 10 : right + 6}"
        y="${isTaken ? upper - 24 : frame.bottom - 8}"
        text-anchor="${isAtEdge ? "end" : "start"}"
        >${says}</text
      >${sorted.map(({ price }) => html`<circle class="dot" cx="${right}" cy="${y(price)}" r="6" />`)}</g
    >`
  ]
}
