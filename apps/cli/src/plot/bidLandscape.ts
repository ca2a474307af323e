/** Bids side by side, the highest first: who won, at what price, above which reserve. */
import { path } from "@apps/demo/chart/Axes"
import { html, type Markup } from "@apps/demo/chart/Markup"
import type { Calculator } from "@mabeam/economics"
import { Result, Schema } from "effect"
import { type Chart, clipped, draw, level, short } from "./chart.ts"
import { Money, read, toNumber } from "./reading.ts"

const Bid = Schema.Struct({ bidder: Schema.String, amount: Money })
const Bids = Schema.Array(Bid)
const inputsOf = read(
  Schema.Struct({
    bids: Schema.optionalKey(Bids),
    values: Schema.optionalKey(Bids),
    stopPrices: Schema.optionalKey(Bids),
    reserve: Schema.optionalKey(Money),
    startPrice: Schema.optionalKey(Money)
  })
)
const decisionOf = read(
  Schema.Struct({
    winner: Schema.optionalKey(Schema.NullOr(Schema.String)),
    winners: Schema.optionalKey(Schema.Array(Schema.String)),
    price: Schema.optionalKey(Schema.NullOr(Money)),
    payments: Schema.optionalKey(Schema.Record(Schema.String, Money))
  })
)

/** More bids than this are drawn as one shape. */
const barsMax = 200
/** Corners of that shape at most. */
const cornersMax = 1_000

/** What the amounts of a mechanism are. */
const amountOf = new Map([
  ["english", "value"],
  ["dutch", "stop price"]
])

export const bidLandscape = (
  name: string,
  inputs: Calculator.Json,
  decision: Calculator.Json
): Result.Result<string, string> => {
  const given = inputsOf(inputs)
  const decided = decisionOf(decision)
  const bids = given?.bids ?? given?.values ?? given?.stopPrices
  if (given === undefined || decided === undefined || bids === undefined) return Result.fail("there is nothing to draw")
  if (bids.length === 0) return Result.fail("there are no bids to draw")
  const won = new Set([...(decided.winners ?? []), ...(typeof decided.winner === "string" ? [decided.winner] : [])])
  const ranked = bids
    .map(({ amount, bidder }) => ({ bidder, amount: toNumber(amount), won: won.has(bidder) }))
    .sort((a, b) => b.amount - a.amount || Number(b.won) - Number(a.won))
  const price = decided.price === null || decided.price === undefined ? undefined : toNumber(decided.price)
  const reserve = given.reserve === undefined ? undefined : toNumber(given.reserve)
  const start = given.startPrice === undefined ? undefined : toNumber(given.startPrice)
  const levels = [price, reserve, start].filter((it) => it !== undefined)
  const top = Math.max(...levels, ranked[0]?.amount ?? 0)
  const amount = amountOf.get(name) ?? "bid"
  return draw({
    title: `${name} auction: ${ranked.length} ${amount}${ranked.length === 1 ? "" : "s"}`,
    says: saysOf([...won], price, decided.payments),
    x: {
      title: "bidders, the highest first",
      ends: [-0.6, ranked.length - 0.4],
      names: ranked.length <= 16 ? ranked.map(({ bidder }) => bidder) : undefined,
      isCount: true
    },
    y: { title: `${amount} (units of money)`, ends: [0, top === 0 ? 1 : top * 1.12] },
    legend: legendOf(ranked.length > won.size, won.size > 0, amount, price, reserve, start),
    body: (x, y) => [
      ...(ranked.length <= barsMax
        ? ranked.map((bid, index) => bar(x(index - 0.4), x(index + 0.4), y(bid.amount), y(0), bid.won, tip(bid)))
        : shapes(ranked, x, y)),
      ...(start === undefined ? [] : [level(y(start), "supply", `start ${short(start)}`, "above", "left")]),
      ...(reserve === undefined || reserve === 0
        ? []
        : [level(y(reserve), "limit", `reserve ${short(reserve)}`, "below")]),
      ...(price === undefined ? [] : [level(y(price), "demand", `price ${short(price)}`)])
    ]
  })
}

interface Ranked {
  readonly bidder: string
  readonly amount: number
  readonly won: boolean
}

const tip = ({ amount, bidder, won }: Ranked): string => `${bidder}: ${amount}${won ? ", wins" : ""}`

const saysOf = (
  winners: ReadonlyArray<string>,
  price: number | undefined,
  payments: Readonly<Record<string, string | number>> | undefined
): string => {
  if (winners.length === 0) return "nobody wins"
  const who = winners.length <= 4 ? winners.map((it) => clipped(it, 20)).join(", ") : `${winners.length} bidders`
  const wins = `${who} ${winners.length === 1 ? "wins" : "win"}`
  if (price !== undefined)
    return `${wins} and ${winners.length === 1 ? "pays" : "pay"} ${short(price)}${winners.length === 1 ? "" : " each"}`
  if (payments === undefined) return wins
  const total = Object.values(payments).reduce<number>((sum, it) => sum + toNumber(it), 0)
  return `${wins}; all payments together are ${short(total)}`
}

const legendOf = (
  hasLosers: boolean,
  hasWinners: boolean,
  amount: string,
  price: number | undefined,
  reserve: number | undefined,
  start: number | undefined
): Chart["legend"] => [
  ...(hasWinners ? ([{ name: "wins", colour: "deal", mark: "box" }] as const) : []),
  ...(hasLosers ? ([{ name: `other ${amount}s`, colour: "rest", mark: "box" }] as const) : []),
  ...(price === undefined ? [] : ([{ name: "price", colour: "demand", mark: "dash" }] as const)),
  ...(reserve === undefined || reserve === 0 ? [] : ([{ name: "reserve", colour: "limit", mark: "dash" }] as const)),
  ...(start === undefined ? [] : ([{ name: "start of the clock", colour: "supply", mark: "dash" }] as const))
]

const bar = (left: number, right: number, top: number, bottom: number, isWinner: boolean, text: string): Markup =>
  html`<g class="${isWinner ? "deal" : "rest"}"
    ><rect class="box" x="${left}" y="${top}" width="${right - left}" height="${Math.max(0.75, bottom - top)}"
      ><title>${text}</title></rect
    ></g
  >`

/** Winners and others as one shape each; bids are sorted, so that few corners lose little. */
const shapes = (
  ranked: ReadonlyArray<Ranked>,
  x: (value: number) => number,
  y: (value: number) => number
): ReadonlyArray<Markup> => {
  const winners = ranked.filter(({ won }) => won).length
  // Winners are the highest, but for those who are tied with them.
  const areas = [
    { colour: "deal", from: 0, to: winners },
    { colour: "rest", from: winners, to: ranked.length }
  ]
  return areas
    .filter(({ from, to }) => to > from)
    .map(({ colour, from, to }) => {
      const every = Math.max(1, Math.ceil((to - from) / cornersMax))
      const corners: Array<readonly [number, number]> = [[x(from - 0.5), y(0)]]
      for (let index = from; index < to; index += every) {
        const height = y(ranked[index]!.amount)
        corners.push([x(index - 0.5), height], [x(Math.min(to, index + every) - 0.5), height])
      }
      corners.push([x(to - 0.5), y(0)])
      return html`<path class="box ${colour}" d="${`${path(corners)}Z`}" />`
    })
}
