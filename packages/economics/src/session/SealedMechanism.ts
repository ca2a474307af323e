/**
 * What a sealed session needs to know of a mechanism: what may be submitted, the calculator's input that the submissions
 * make, and what a decision moves between whom.
 *
 * Each function here makes one for a family of calculators, from the calculator itself: one item, several units, double
 * auctions, call markets, packages of goods, committees and votes.
 *
 * **Guarantees** A submission is judged when it comes, by the same rules as the calculator's input, so that a bad one is its
 * sender's problem and nobody else's. `judge` turns down a decision that cannot be one of these submissions: winners who
 * did not submit, anybody who would pay more than offered or get less than asked, goods sold twice.
 *
 * **Does not guarantee** That an accepted decision is optimal or that its prices are the mechanism's: for that compute it
 * again.
 *
 * **Example**
 *
 * ```ts
 * import { SealedMechanism, SecondPrice } from "@mabeam/economics"
 * import { Result } from "effect"
 *
 * const mechanism = SealedMechanism.oneItem(SecondPrice.calculator)
 * const rules = Result.getOrThrow(mechanism.rules({ item: "vase", reserve: 5 }))
 * const refused = mechanism.submission(rules, -1)
 * console.log(Result.isFailure(refused) && refused.failure.message)
 * // => the input: -1 is not an amount; give a finite number that is not negative, or text such as "0.1" or "2/3"
 * mechanism.inputsOf(rules, [{ participant: "ada", submission: 9 }])
 * // => { bids: [{ bidder: "ada", amount: 9 }], reserve: 5 }
 * ```
 *
 * @since 0.1.0
 */
import { Result, Schema } from "effect"
import type { Calculator, Json, JsonObject, SlowCalculator } from "../calculator/Calculator.ts"
import * as Amount from "../input/Amount.ts"
import { InvalidFormat, UnknownName, decode, duplicateOf, type Refusal } from "../input/Refusal.ts"
import * as Settlement from "./Settlement.ts"

/** A submission that was accepted. */
export interface Submission<S> {
  readonly participant: string
  readonly submission: S
}

/** What a decision moves, or why it cannot be a decision on these submissions. */
export type Verdict = Result.Result<ReadonlyArray<Settlement.Transfer>, string>

/** A mechanism as a sealed session sees it; `R` are its rules, `S` is what a participant submits. */
export interface SealedMechanism<R extends Json, S extends Json> {
  readonly name: string
  readonly version: number
  readonly rules: (rules: unknown) => Result.Result<R, Refusal>
  readonly submission: (rules: R, submission: unknown) => Result.Result<S, Refusal>
  /** The calculator's input, submissions in order of arrival. */
  readonly inputsOf: (rules: R, submissions: ReadonlyArray<Submission<S>>) => JsonObject
  /** Solves at once; without it the session asks for a solution. */
  readonly solve?: Calculator["solve"]
  readonly judge: (
    operator: string,
    rules: R,
    submissions: ReadonlyArray<Submission<S>>,
    decision: JsonObject
  ) => Verdict
}

/** An amount offered by everybody, as in all auctions of one kind of thing; solved at once. */
export interface Offers<R extends Json> extends SealedMechanism<R, Amount.Given> {
  readonly solve: Calculator["solve"]
}

const rulesOfItem = Schema.Struct({ item: Settlement.Name, reserve: Schema.optionalKey(Amount.Amount) })
const rulesOfUnits = Schema.Struct({
  item: Settlement.Name,
  units: Settlement.Positive,
  reserve: Schema.optionalKey(Amount.Amount)
})
const decodeAmount = decode(Amount.Amount)

const isAbove = (a: Amount.Given, b: Amount.Given): boolean =>
  Amount.rationals.compare(Amount.toRational(a), Amount.toRational(b)) > 0

/** Solvers that reckon with doubles may be off in the last digits: a billionth. What is paid is the offer then. */
const isFarAbove = (a: Amount.Given, b: Amount.Given): boolean =>
  isAbove(a, b) && (typeof a === "string" || a - Amount.toNumber(b) > 1e-9 * Amount.toNumber(b))

const product = (price: Amount.Given, quantity: Amount.Given): Amount.Given => {
  const exact = Amount.rationals.multiply(Amount.toRational(price), Amount.toRational(quantity))
  return typeof price === "string" ? Amount.rationals.encode(exact) : Amount.rationals.toNumber(exact)
}

const sold = Schema.decodeUnknownResult(
  Schema.Struct({
    winner: Schema.optionalKey(Schema.NullOr(Schema.String)),
    winners: Schema.optionalKey(Schema.Array(Schema.String)),
    price: Schema.optionalKey(Schema.NullOr(Amount.Amount)),
    payments: Schema.optionalKey(Schema.Record(Schema.String, Amount.Amount))
  })
)

/** Winners get one `item` each; the price is for each winner, `payments` are for whom they name. */
const judgeSale = (
  operator: string,
  item: string,
  units: number,
  offers: ReadonlyArray<Submission<Amount.Given>>,
  decision: JsonObject
): Verdict => {
  const decoded = sold(decision)
  if (Result.isFailure(decoded)) return Result.fail("no decision of a sale")
  const { payments, price, winner, winners = typeof winner === "string" ? [winner] : [] } = decoded.success
  const offered = new Map(offers.map((it) => [it.participant, it.submission]))
  if (winners.length > units || new Set(winners).size !== winners.length) return Result.fail("too many winners")
  const due = payments === undefined ? winners.map((it) => [it, price ?? 0] as const) : Object.entries(payments)
  const isKnown = [...winners, ...due.map(([payer]) => payer)].every((it) => offered.has(it))
  if (!isKnown) return Result.fail("a winner who submitted nothing")
  if (due.some(([payer, amount]) => isAbove(amount, offered.get(payer) ?? 0)))
    return Result.fail("more than was offered")
  return Result.succeed(
    Settlement.effective([
      ...due.map(([payer, amount]) => Settlement.payment(payer, operator, amount, `price of ${item}`)),
      ...winners.map((it) => Settlement.delivery(operator, it, item, 1))
    ])
  )
}

const bidsOf = (offers: ReadonlyArray<Submission<Amount.Given>>) =>
  offers.map((it) => ({ bidder: it.participant, amount: it.submission }))

const reserveOf = ({ reserve }: { readonly reserve?: Amount.Given }) => (reserve === undefined ? {} : { reserve })

/** One item of the operator's: `first-price`, `second-price`, `all-pay`. A submission is an amount. */
export const oneItem = (calculator: Calculator): Offers<typeof rulesOfItem.Type> => ({
  name: calculator.name,
  version: calculator.version,
  rules: decode(rulesOfItem),
  submission: (_, submission) => decodeAmount(submission),
  inputsOf: (rules, offers) => ({ bids: bidsOf(offers), ...reserveOf(rules) }),
  solve: calculator.solve,
  judge: (operator, { item }, offers, decision) => judgeSale(operator, item, 1, offers, decision)
})

/** Identical units of the operator's: `k-unit-uniform`, `k-unit-vickrey`. A submission is an amount for one unit. */
export const units = (calculator: Calculator): Offers<typeof rulesOfUnits.Type> => ({
  name: calculator.name,
  version: calculator.version,
  rules: decode(rulesOfUnits),
  submission: (_, submission) => decodeAmount(submission),
  inputsOf: (rules, offers) => ({ units: rules.units, bids: bidsOf(offers), ...reserveOf(rules) }),
  solve: calculator.solve,
  judge: (operator, rules, offers, decision) => judgeSale(operator, rules.item, rules.units, offers, decision)
})

const rulesOfDouble = Schema.Struct({ item: Settlement.Name, k: Schema.optionalKey(Amount.Amount) })
const Side = Schema.Literals(["buy", "sell"])
const LimitOrder = Schema.Struct({ side: Side, amount: Amount.Amount })
const decodeDouble = decode(rulesOfDouble)
const decodeLimitOrder = decode(LimitOrder)
const traded = Schema.decodeUnknownResult(
  Schema.Struct({
    price: Schema.optionalKey(Schema.NullOr(Amount.Amount)),
    buyerPrice: Schema.optionalKey(Schema.NullOr(Amount.Amount)),
    sellerPrice: Schema.optionalKey(Schema.NullOr(Amount.Amount)),
    volume: Settlement.Money,
    trades: Schema.optionalKey(Schema.Array(Schema.Struct({ buyer: Schema.String, seller: Schema.String })))
  })
)

type LimitOrders = ReadonlyArray<Submission<typeof LimitOrder.Type>>

/** The best orders of a side, the earliest among equals. */
const best = (orders: LimitOrders, side: "buy" | "sell", count: number): ReadonlyArray<string> => {
  const sign = side === "buy" ? -1 : 1
  const ranked = orders
    .filter((it) => it.submission.side === side)
    .map((it) => ({ id: it.participant, amount: Amount.toRational(it.submission.amount) }))
  // The sort is stable.
  ranked.sort((a, b) => sign * Amount.rationals.compare(a.amount, b.amount))
  return ranked.slice(0, count).map((it) => it.id)
}

/** Who trades with whom where a decision names the volume alone: the best with the best. */
const tradesOf = (orders: LimitOrders, volume: number) => {
  const sellers = best(orders, "sell", volume)
  return best(orders, "buy", volume).map((buyer, index) => ({ buyer, seller: sellers[index] ?? "" }))
}

/** Unit demand and unit supply: `double-k` (with rule `k`), `double-mcafee`, `double-sbba`, `double-vcg`. The operator is the market maker. */
export const double = (calculator: Calculator): SealedMechanism<typeof rulesOfDouble.Type, typeof LimitOrder.Type> => ({
  name: calculator.name,
  version: calculator.version,
  rules: (input) =>
    Result.flatMap(decodeDouble(input), (rules): Result.Result<typeof rulesOfDouble.Type, Refusal> => {
      // The calculator knows whether it wants a `k`, and which.
      const tried = calculator.solve({ buyers: [], sellers: [], ...(rules.k === undefined ? {} : { k: rules.k }) })
      return Result.map(tried, () => rules)
    }),
  submission: (_, submission) => decodeLimitOrder(submission),
  inputsOf: ({ k }, orders) => ({
    buyers: orders.flatMap((it) =>
      it.submission.side === "buy" ? [{ id: it.participant, amount: it.submission.amount }] : []
    ),
    sellers: orders.flatMap((it) =>
      it.submission.side === "sell" ? [{ id: it.participant, amount: it.submission.amount }] : []
    ),
    ...(k === undefined ? {} : { k })
  }),
  solve: calculator.solve,
  judge: (operator, { item }, orders, decision) => {
    const decoded = traded(decision)
    if (Result.isFailure(decoded)) return Result.fail("no decision of a double auction")
    const { price = null, buyerPrice = price, sellerPrice = price, volume } = decoded.success
    const trades = decoded.success.trades ?? tradesOf(orders, volume)
    const limits = new Map(orders.map((it) => [it.participant, it.submission]))
    const transfers: Array<Settlement.Transfer> = []
    for (const { buyer, seller } of trades) {
      const [bid, ask] = [limits.get(buyer), limits.get(seller)]
      // Whoever has traded is not there for a second time.
      limits.delete(buyer)
      limits.delete(seller)
      if (bid?.side !== "buy" || ask?.side !== "sell")
        return Result.fail("a trade of somebody who submitted no such order")
      if (buyerPrice === null || sellerPrice === null) return Result.fail("a trade without a price")
      if (isAbove(buyerPrice, bid.amount) || isAbove(ask.amount, sellerPrice))
        return Result.fail("a price beyond a limit")
      transfers.push(
        Settlement.payment(buyer, operator, buyerPrice, `price of ${item}`),
        Settlement.payment(operator, seller, sellerPrice, `price of ${item}`),
        Settlement.delivery(seller, buyer, item, 1)
      )
    }
    return Result.succeed(Settlement.effective(transfers))
  }
})

const rulesOfCall = Schema.Struct({ item: Settlement.Name })
const Order = Schema.Struct({ side: Side, price: Schema.optionalKey(Amount.Amount), qty: Amount.Amount })
const decodeOrder = decode(Order)
const filled = Schema.decodeUnknownResult(
  Schema.Struct({
    price: Schema.NullOr(Amount.Amount),
    fills: Schema.Array(Schema.Struct({ id: Schema.String, qty: Amount.Amount }))
  })
)

/** Whether as much is bought as is sold, up to the rounding of quantities that are doubles. */
const isBalanced = (
  orders: ReadonlyArray<Submission<typeof Order.Type>>,
  fills: ReadonlyArray<{ readonly id: string; readonly qty: Amount.Given }>
): boolean => {
  const sides = new Map(orders.map((it) => [it.participant, it.submission.side]))
  const total = (side: string) =>
    fills
      .filter((it) => sides.get(it.id) === side)
      .reduce((sum, it) => Amount.rationals.add(sum, Amount.toRational(it.qty)), Amount.rationals.zero)
  const [bought, soldAll] = [total("buy"), total("sell")]
  const isExact = fills.every((it) => typeof it.qty === "string" || Number.isSafeInteger(it.qty))
  const apart = Amount.rationals.toNumber(Amount.rationals.subtract(bought, soldAll))
  return isExact ? apart === 0 : Math.abs(apart) <= 1e-9 * Amount.rationals.toNumber(bought)
}

/** A call market: orders with quantities, one for each participant, in order of arrival. Everything goes through the operator. */
export const call = (calculator: Calculator): SealedMechanism<typeof rulesOfCall.Type, typeof Order.Type> => {
  const orderOf = ({ participant, submission }: Submission<typeof Order.Type>) => ({ id: participant, ...submission })
  return {
    name: calculator.name,
    version: calculator.version,
    rules: decode(rulesOfCall),
    submission: (_, submission) =>
      Result.flatMap(decodeOrder(submission), (order): Result.Result<typeof Order.Type, Refusal> =>
        // Alone it trades with nobody, but what is wrong with it shows.
        Result.map(calculator.solve({ orders: [orderOf({ participant: "it", submission: order })] }), () => order)
      ),
    inputsOf: (_, orders) => ({ orders: orders.map(orderOf) }),
    solve: calculator.solve,
    judge: (operator, { item }, orders, decision) => {
      const decoded = filled(decision)
      if (Result.isFailure(decoded)) return Result.fail("no decision of a call market")
      const { fills, price } = decoded.success
      const open = new Map(orders.map((it) => [it.participant, it.submission]))
      const transfers: Array<Settlement.Transfer> = []
      for (const { id, qty } of fills) {
        if (Amount.toNumber(qty) === 0) continue
        const order = open.get(id)
        open.delete(id)
        if (order === undefined || price === null || isAbove(qty, order.qty))
          return Result.fail("a fill without an order")
        const [buyer, seller] = order.side === "buy" ? [id, operator] : [operator, id]
        const limit = order.price ?? price
        if (order.side === "buy" ? isAbove(price, limit) : isAbove(limit, price))
          return Result.fail("a price beyond a limit")
        transfers.push(
          Settlement.payment(buyer, seller, product(price, qty), `price of ${item}`),
          Settlement.delivery(seller, buyer, item, qty)
        )
      }
      return isBalanced(orders, fills)
        ? Result.succeed(Settlement.effective(transfers))
        : Result.fail("bought is not sold")
    }
  }
}

const rulesOfPackages = Schema.Struct({
  goods: Schema.Array(Settlement.Name),
  timeLimitMs: Schema.optionalKey(Settlement.Money)
})
const Packages = Schema.Array(Schema.Struct({ items: Schema.Array(Settlement.Name), price: Amount.Amount }))
type PackageBids = typeof Packages.Type
const decodeGoods = decode(rulesOfPackages)
const decodePackages = decode(Packages)
const allocated = Schema.decodeUnknownResult(
  Schema.Struct({ winningBids: Schema.Array(Schema.String), payments: Schema.Record(Schema.String, Amount.Amount) })
)

const packageBids = (all: ReadonlyArray<Submission<PackageBids>>) => {
  let id = 0
  return all.flatMap(({ participant, submission }) =>
    submission.map(({ items, price }) => ({ id: `${id++}`, bidder: participant, items, price }))
  )
}

const admitPackages = (
  { goods }: typeof rulesOfPackages.Type,
  bids: PackageBids
): Result.Result<PackageBids, Refusal> => {
  const known = new Set(goods)
  for (const [index, { items }] of bids.entries()) {
    const path = (at: number) => [index, "items", at]
    const strange = items.findIndex((it) => !known.has(it))
    if (items.length === 0) return Result.fail(new InvalidFormat({ path: [index, "items"], because: "names no goods" }))
    if (strange >= 0)
      return Result.fail(new UnknownName({ path: path(strange), name: items[strange] ?? "", known: "the goods" }))
    const twice = duplicateOf(items, path)
    if (twice !== undefined) return Result.fail(twice)
  }
  return Result.succeed(bids)
}

/** Packages of the operator's goods, at most one for each bidder: `vcg`, `core`, `combinatorial-first-price`. Solved outside. */
export const packages = ({
  name,
  version
}: Pick<SlowCalculator, "name" | "version">): SealedMechanism<typeof rulesOfPackages.Type, PackageBids> => ({
  name,
  version,
  rules: (input) =>
    Result.flatMap(decodeGoods(input), (rules): Result.Result<typeof rulesOfPackages.Type, Refusal> => {
      const twice = duplicateOf(rules.goods, (index) => ["goods", index])
      return twice === undefined ? Result.succeed(rules) : Result.fail(twice)
    }),
  submission: (rules, submission) => Result.flatMap(decodePackages(submission), (bids) => admitPackages(rules, bids)),
  inputsOf: (rules, all) => ({ ...rules, bids: packageBids(all) }),
  judge: (operator, _, all, decision) => {
    const decoded = allocated(decision)
    if (Result.isFailure(decoded)) return Result.fail("no decision on packages")
    const { payments, winningBids } = decoded.success
    const bids = new Map(packageBids(all).map((it) => [it.id, it]))
    const won = winningBids.map((id) => bids.get(id)).filter((it) => it !== undefined)
    if (won.length < winningBids.length) return Result.fail("a winning bid that was not made")
    const items = won.flatMap((it) => it.items)
    if (new Set(items).size < items.length) return Result.fail("goods sold twice")
    const offered = new Map(won.map((it) => [it.bidder, it.price]))
    if (offered.size < won.length) return Result.fail("two packages of one bidder")
    const due = Object.entries(payments)
    if (due.some(([payer, amount]) => isFarAbove(amount, offered.get(payer) ?? 0)))
      return Result.fail("more than was offered")
    const atMost = (payer: string, amount: Amount.Given): Amount.Given => {
      const price = offered.get(payer) ?? 0
      return isAbove(amount, price) ? price : amount
    }
    return Result.succeed(
      Settlement.effective([
        ...due.map(([payer, amount]) => Settlement.payment(payer, operator, atMost(payer, amount), "price of goods")),
        ...won.flatMap((it) => it.items.map((item) => Settlement.delivery(operator, it.bidder, item, 1)))
      ])
    )
  }
})

const rulesOfVote = Schema.Struct({
  candidates: Schema.Array(Settlement.Name),
  seats: Schema.optionalKey(Settlement.Money)
})
const Approvals = Schema.Array(Settlement.Name)
const Ranking = Schema.Array(Schema.Array(Settlement.Name))
const elected = Schema.decodeUnknownResult(Schema.Struct({ winners: Schema.Array(Schema.String) }))

const vote = <S extends Json>(
  calculator: Calculator,
  ballot: (input: unknown) => Result.Result<S, Refusal>,
  ballotsOf: (all: ReadonlyArray<S>) => JsonObject
): SealedMechanism<typeof rulesOfVote.Type, S> => {
  const inputsOf = (rules: typeof rulesOfVote.Type, all: ReadonlyArray<S>) => ({ ...rules, ...ballotsOf(all) })
  return {
    name: calculator.name,
    version: calculator.version,
    rules: decode(rulesOfVote),
    // A ballot that the rule would refuse alone is refused to its voter.
    submission: (rules, input) =>
      Result.flatMap(ballot(input), (it): Result.Result<S, Refusal> =>
        Result.map(calculator.solve(inputsOf(rules, [it])), () => it)
      ),
    inputsOf: (rules, all) =>
      inputsOf(
        rules,
        all.map((it) => it.submission)
      ),
    solve: calculator.solve,
    judge: (_operator, { candidates }, _all, decision) => {
      const decoded = elected(decision)
      const isPossible = Result.isSuccess(decoded) && decoded.success.winners.every((it) => candidates.includes(it))
      return isPossible ? Result.succeed([]) : Result.fail("no winners among the candidates")
    }
  }
}

/** Votes by approval, committees of `seats` among them: a submission lists the approved candidates. Nothing changes hands. */
export const approvals = (calculator: Calculator) => vote(calculator, decode(Approvals), (all) => ({ approvals: all }))

/** Votes by ranking: a submission lists tiers of candidates, best first. Nothing changes hands. */
export const rankings = (calculator: Calculator) =>
  vote(calculator, decode(Ranking), (all) => ({ ballots: all.map((ranking) => ({ count: 1, ranking })) }))
