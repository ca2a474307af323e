/**
 * Markets as they come from outside: agents with money (Fisher) or goods (exchange), and what they want.
 *
 * **Guarantees** A market that passes has one row for each agent and one column for each good. A market for which the
 * question has no sense (nobody has money; an agent has money and wants nothing; a wanted good is not there) is refused
 * with its place, and so is an answer that doubles cannot hold.
 *
 * **Does not guarantee** That an exchange economy has an equilibrium: the solvers find out.
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import * as Amount from "../input/Amount.ts"
import * as Refusal from "../input/Refusal.ts"

const PlaceSchema = Schema.Array(Schema.Union([Schema.String, Schema.Int]))

/** The market has no meaning as it stands: money without a wish, a wish without a good, or no money at all. */
export class IllPosedMarket extends Schema.TaggedError<IllPosedMarket>("@mabeam/economics/Market/IllPosedMarket")(
  "IllPosedMarket",
  { path: PlaceSchema, because: Schema.String }
) {
  override get message() {
    return `${Refusal.show(this.path)}: ${this.because}`
  }
}

/** The exchange economy has no equilibrium, and this is why. */
export class NoEquilibrium extends Schema.TaggedError<NoEquilibrium>("@mabeam/economics/Market/NoEquilibrium")(
  "NoEquilibrium",
  { path: PlaceSchema, because: Schema.String }
) {
  override get message() {
    return `${Refusal.show(this.path)}: ${this.because}`
  }
}

/** A figure of the answer is larger or smaller than doubles go. */
export class OutOfRange extends Schema.TaggedError<OutOfRange>("@mabeam/economics/Market/OutOfRange")("OutOfRange", {
  path: PlaceSchema,
  because: Schema.String
}) {
  override get message() {
    return `${Refusal.show(this.path)}: ${this.because}`
  }
}

/** One row for each agent, one column for each good. */
export type Table = ReadonlyArray<ReadonlyArray<Amount.Given>>

/** How an agent values bundles, by kind: utilities, exponents, weights or coefficients of goods. */
export type Kind = "linear" | "cobb-douglas" | "ces" | "leontief"

/** What agents want. */
export interface Wishes {
  readonly kind: Kind
  readonly table: Table
  /** By agent, for `ces` alone. */
  readonly sigma?: ReadonlyArray<Amount.Given> | undefined
}

/** Agents with money before goods for sale. */
export interface FisherMarket extends Wishes {
  readonly budgets: ReadonlyArray<Amount.Given>
  readonly supplies: ReadonlyArray<Amount.Given>
}

/** Agents who own goods. */
export interface ExchangeEconomy extends Wishes {
  readonly endowments: Table
}

/** At most as many agents: 2,000. */
export const agentsMax = 2_000
/** At most as many goods: 500. */
export const goodsMax = 500

/** The key of the table in an input. */
export const tableKey = (kind: Kind) =>
  kind === "linear" ? "utilities" : kind === "cobb-douglas" ? "alpha" : kind === "ces" ? "weights" : "coefficients"

const Row = Schema.Array(Amount.Amount)
const Rows = Schema.Array(Row)

type Decoded<A> = Result.Result<A, Refusal.InvalidFormat | Refusal.InvalidAmount>

const fisher = { budgets: Row, supplies: Row }
const fisherLinear = Refusal.decode(Schema.Struct({ ...fisher, utilities: Rows }))
const fisherCobbDouglas = Refusal.decode(Schema.Struct({ ...fisher, alpha: Rows }))
const fisherCes = Refusal.decode(Schema.Struct({ ...fisher, weights: Rows, sigma: Row }))
const fisherLeontief = Refusal.decode(Schema.Struct({ ...fisher, coefficients: Rows }))

const decodeFisher = (kind: Kind, input: unknown): Decoded<FisherMarket> => {
  switch (kind) {
    case "linear":
      return Result.map(fisherLinear(input), ({ utilities, ...rest }) => ({ kind, table: utilities, ...rest }))
    case "cobb-douglas":
      return Result.map(fisherCobbDouglas(input), ({ alpha, ...rest }) => ({ kind, table: alpha, ...rest }))
    case "ces":
      return Result.map(fisherCes(input), ({ weights, ...rest }) => ({ kind, table: weights, ...rest }))
    case "leontief":
      return Result.map(fisherLeontief(input), ({ coefficients, ...rest }) => ({ kind, table: coefficients, ...rest }))
  }
}

const exchange = { endowments: Rows }
const exchangeLinear = Refusal.decode(Schema.Struct({ ...exchange, utilities: Rows }))
const exchangeCobbDouglas = Refusal.decode(Schema.Struct({ ...exchange, alpha: Rows }))
const exchangeCes = Refusal.decode(Schema.Struct({ ...exchange, weights: Rows, sigma: Row }))
const exchangeLeontief = Refusal.decode(Schema.Struct({ ...exchange, coefficients: Rows }))

const decodeExchange = (kind: Kind, input: unknown): Decoded<ExchangeEconomy> => {
  switch (kind) {
    case "linear":
      return Result.map(exchangeLinear(input), ({ utilities, ...rest }) => ({ kind, table: utilities, ...rest }))
    case "cobb-douglas":
      return Result.map(exchangeCobbDouglas(input), ({ alpha, ...rest }) => ({ kind, table: alpha, ...rest }))
    case "ces":
      return Result.map(exchangeCes(input), ({ weights, ...rest }) => ({ kind, table: weights, ...rest }))
    case "leontief":
      return Result.map(exchangeLeontief(input), ({ coefficients, ...rest }) => ({
        kind,
        table: coefficients,
        ...rest
      }))
  }
}

/** A Fisher market from outside, or the first thing that is wrong with it. */
export const fisherFrom = (kind: Kind, input: unknown): Result.Result<FisherMarket, Refusal.Refusal> =>
  Result.flatMap(decodeFisher(kind, input), (market): Result.Result<FisherMarket, Refusal.Refusal> => {
    const { budgets, supplies, table } = market
    const wrong =
      tooMany("budgets", budgets.length, agentsMax) ??
      tooMany("supplies", supplies.length, goodsMax) ??
      misshapen(tableKey(kind), table, budgets.length, supplies.length) ??
      sigmaWrong(market)
    return wrong === undefined ? Result.succeed(market) : Result.fail(wrong)
  })

/** An exchange economy from outside, or the first thing that is wrong with it. */
export const exchangeFrom = (kind: Kind, input: unknown): Result.Result<ExchangeEconomy, Refusal.Refusal> =>
  Result.flatMap(decodeExchange(kind, input), (economy): Result.Result<ExchangeEconomy, Refusal.Refusal> => {
    const { endowments, table } = economy
    const key = tableKey(kind)
    const agents = table.length
    const goods = table[0]?.length ?? 0
    const wrong =
      tooMany(key, agents, agentsMax) ??
      tooMany(key, goods, goodsMax) ??
      misshapen(key, table, agents, goods) ??
      misshapen("endowments", endowments, agents, goods) ??
      sigmaWrong(economy)
    return wrong === undefined ? Result.succeed(economy) : Result.fail(wrong)
  })

const tooMany = (key: string, size: number, limit: number): Refusal.Refusal | undefined =>
  size === 0
    ? new Refusal.InvalidFormat({ path: [key], because: "is empty; a market needs an agent and a good" })
    : size > limit
      ? new Refusal.TooLarge({ path: [key], size, limit })
      : undefined

const misshapen = (key: string, table: Table, agents: number, goods: number): Refusal.Refusal | undefined => {
  if (table.length !== agents)
    return new Refusal.InvalidFormat({ path: [key], because: `has ${table.length} rows for ${agents} agents` })
  const row = table.findIndex((each) => each.length !== goods)
  return row === -1
    ? undefined
    : new Refusal.InvalidFormat({
        path: [key, row],
        because: `has ${table[row]?.length ?? 0} entries for ${goods} goods`
      })
}

const sigmaWrong = ({ kind, sigma = [], table: { length: agents } }: Wishes): Refusal.Refusal | undefined => {
  if (kind !== "ces") return undefined
  if (sigma.length !== agents)
    return new Refusal.InvalidFormat({ path: ["sigma"], because: `has ${sigma.length} entries for ${agents} agents` })
  const at = sigma.findIndex((each) => [0, 1].includes(Amount.toNumber(each)))
  return at === -1
    ? undefined
    : new Refusal.InvalidFormat({
        path: ["sigma", at],
        because:
          Amount.toNumber(sigma[at] ?? 1) === 1
            ? "an elasticity of 1 is Cobb–Douglas"
            : "an elasticity of 0 is Leontief"
      })
}

/** All amounts of a market. */
export const amountsOf = function* (market: FisherMarket | ExchangeEconomy): Generator<Amount.Given> {
  if ("budgets" in market) {
    yield* market.budgets
    yield* market.supplies
  } else for (const row of market.endowments) yield* row
  for (const row of market.table) yield* row
  if (market.sigma !== undefined) yield* market.sigma
}
