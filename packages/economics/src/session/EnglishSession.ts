/**
 * A live ascending auction with open bids, proxy bids, buy-now and anti-sniping, as a pure protocol (Vickrey 1961; Roth and
 * Ockenfels, "Last-Minute Bidding and the Rules for Ending Second-Price Auctions", 2002).
 *
 * An open bid names its amount. A proxy names a maximum up to which the auction bids for the bidder. The highest maximum
 * leads, the earliest among equals; the price is the largest of the reserve, the leader's own open bid, and the second
 * highest maximum plus the increment, though never more than the leader's maximum.
 *
 * **Guarantees** `step` is total; a refused input changes nothing. An auction settles once: at `Close`, by buy-now, or with
 * the first input at or after its end. Nobody pays more than his maximum or than the buy-now price. A bid within `window`
 * of the end moves the end by `extension`, at most `extensionsMax` times. Whoever withdraws, or dies under
 * `onDeath: "lapses"`, is as if he had never bid, so the price may fall; under `"stands"` a dead bidder's maximum keeps
 * bidding, wins and pays. The receipt holds what was accepted; `calculator` runs it again. A bid takes constant time, a
 * withdrawal time linear in the bids.
 *
 * **Does not guarantee** Secrecy: maxima are kept in the clear and told to nobody. That a bidder is one person: the seller
 * may not bid, his friends can. Order of arrival: `at` is when the driver has received an input, and never goes back.
 *
 * **Example**
 *
 * ```ts
 * import { EnglishSession } from "@mabeam/economics"
 *
 * const terms = { auction: "a1", seller: "museum", item: "vase", reserve: 10, increment: 1 } as const
 * let [state] = EnglishSession.step(EnglishSession.initial, { _tag: "Announce", terms })
 * const send = (input: EnglishSession.Input) => {
 *   const [next, outputs] = EnglishSession.step(state, input)
 *   state = next
 *   return outputs
 * }
 *
 * send({ _tag: "Bid", bidder: "ada", amount: 15, at: 1 })
 * send({ _tag: "Proxy", bidder: "bob", maximum: 40, at: 2 })
 * send({ _tag: "Bid", bidder: "ada", amount: 16, at: 3 }) // => [{ _tag: "Refused", bidder: "ada", because: "too low", minimum: 17 }]
 * send({ _tag: "Bid", bidder: "ada", amount: 20, at: 4 }) // => [{ _tag: "Standing", leader: "bob", price: 21, minimum: 22 }]
 * for (const output of send({ _tag: "Close", at: 5 })) {
 *   if (output._tag === "Settled") console.log(output.receipt.decision)
 *   // => { sold: true, winner: "bob", price: 21, tie: false, closedBy: "close" }
 * }
 * ```
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { decode } from "../input/Refusal.ts"
import { offenceIn, type Offence } from "../internal/announcement.ts"
import { ended, sale } from "../internal/ending.ts"
import * as GrowingList from "../internal/growingList.ts"
import * as GrowingMap from "../internal/growingMap.ts"
import { guests, hasLapsed, invitedOf, unwelcome, type Gone } from "../internal/guests.ts"
import { bidderOf, refuse, refuseAfter, whyNotOpen, type Refused } from "../internal/refusing.ts"
import { calculatorOf } from "../internal/replay.ts"
import * as Settlement from "./Settlement.ts"

/** The name of this mechanism. */
export const name = "english-session"

/** Among equal maxima the one that came first leads. */
export const tieBreak = "earliest-maximum"

/** The most inputs an auction remembers; the next bid is refused as `full`. */
export const bidsMax = 100_000

/** What the seller offers, and how. */
export const Terms = Schema.Struct({
  auction: Settlement.Name,
  seller: Settlement.Name,
  item: Settlement.Name,
  /** The lowest bid. */
  reserve: Settlement.Money,
  /** By how much a bid has to be above the price. */
  increment: Settlement.Positive,
  /**
   * `BuyNow` takes the item at this price, at once. An offer of as much always will do, and when the price has come so far
   * the leader has the item: who has offered it, or another whose maximum is as high and older, or higher. Not below the
   * reserve.
   */
  buyNow: Schema.optionalKey(Settlement.Positive),
  /** When the auction ends: at this moment it has ended. Without it, `Close` ends it. */
  endsAt: Schema.optionalKey(Settlement.Time),
  /** Needs `endsAt`. */
  antiSniping: Schema.optionalKey(
    Schema.Struct({ window: Settlement.Positive, extension: Settlement.Positive, extensionsMax: Settlement.Money })
  ),
  /** Whether bidders may take their bids back. Default `false`. */
  withdrawals: Schema.optionalKey(Schema.Boolean),
  /** What becomes of the bids of a bidder who dies. Default `"stands"`. */
  onDeath: Schema.optionalKey(Schema.Literals(["stands", "lapses"])),
  /** Who may bid. Without it, anyone but the seller. */
  bidders: Schema.optionalKey(Schema.Array(Settlement.Name))
})
export type Terms = typeof Terms.Type

const entries = {
  /** Offers `amount` openly. */
  Bid: { bidder: Settlement.Name, amount: Settlement.Money, at: Settlement.Time },
  /** Lets the auction bid up to `maximum`, as little as needed. */
  Proxy: { bidder: Settlement.Name, maximum: Settlement.Money, at: Settlement.Time },
  /** Takes the item for the buy-now price. */
  BuyNow: { bidder: Settlement.Name, at: Settlement.Time },
  /** Takes all own bids back and leaves. */
  Withdraw: { bidder: Settlement.Name, at: Settlement.Time },
  /** A bidder has died; later bids of the same name are refused. */
  Died: { bidder: Settlement.Name, at: Settlement.Time },
  /** Says what time it is. */
  Tick: { at: Settlement.Time },
  /** Ends the auction. */
  Close: { at: Settlement.Time }
}

/** What happens to an announced auction. */
export const Entry = Schema.TaggedUnion(entries)
export type Entry = typeof Entry.Type

/** What can happen to an auction. */
export const Input = Schema.TaggedUnion({ Announce: { terms: Terms }, ...entries })
export type Input = typeof Input.Type

/** Why an input was refused. */
export const Reason = Schema.Literals([
  "not announced",
  "already announced",
  "invalid announcement",
  "closed",
  "not invited",
  "own auction",
  "invalid amount",
  "invalid time",
  "too low",
  "no buy-now",
  "no withdrawal",
  "no bid",
  "withdrawn",
  "dead",
  "full"
])
export type Reason = typeof Reason.Type

/** What an auction answers. */
export type Output =
  /** With `too low` it says the least that would do, with `invalid announcement` what is wrong, and where in the terms. */
  | (Refused<Reason> & { readonly minimum?: number })
  | {
      /** For everybody: who leads at what price, the lowest bid that would be taken, and the end as it is now. */
      readonly _tag: "Standing"
      readonly leader: string | null
      readonly price: number | null
      readonly minimum: number
      readonly endsAt?: number
    }
  | ({ readonly _tag: "Settled" } & Settlement.Settlement)

/** Who leads, and up to where. */
interface Lead {
  readonly bidder: string
  readonly maximum: number
  /** The leader's highest open bid; 0 if there is none. */
  readonly open: number
}

/** The two highest maxima: all that a price depends on. */
interface Ranking {
  readonly lead: Lead | undefined
  /** The highest maximum of the others; -1 if there is none. */
  readonly second: number
}

/** Where an auction stands. */
export type State =
  | { readonly _tag: "Silent" }
  | {
      readonly _tag: "Open"
      readonly terms: Terms
      readonly invited: ReadonlySet<string> | undefined
      readonly now: number
      readonly endsAt: number | undefined
      readonly extensions: number
      readonly ranking: Ranking
      readonly log: GrowingList.GrowingList<Entry>
      readonly bidders: GrowingMap.GrowingMap<string, true>
      readonly gone: GrowingMap.GrowingMap<string, Gone>
    }
  | ({ readonly _tag: "Settled" } & Settlement.Settlement)

type Open = Extract<State, { _tag: "Open" }>

/** A step's result: the next state and what is to be told. */
export type Move = readonly [next: State, outputs: ReadonlyArray<Output>]

/** Before the announcement. */
export const initial: State = { _tag: "Silent" }

/** The whole protocol. Total: every input is legal in every state. */
export const step = (state: State, input: Input): Move => {
  if (input._tag === "Announce") return announce(state, input.terms)
  const sender = bidderOf(input)
  if (state._tag !== "Open") return refuse(state, whyNotOpen(state), sender)
  if (!Settlement.isWhole(input.at)) return refuse(state, "invalid time", sender)
  const at = Math.max(state.now, input.at)
  if (state.endsAt !== undefined && at >= state.endsAt)
    return refuseAfter(settle(state, { _tag: "Tick", at }, "time"), sender)
  switch (input._tag) {
    case "Bid":
      return offer(state, { _tag: "Bid", bidder: input.bidder, amount: input.amount, at }, input.amount)
    case "Proxy":
      return offer(state, { _tag: "Proxy", bidder: input.bidder, maximum: input.maximum, at }, input.maximum)
    case "BuyNow":
      return buyNow(state, { _tag: "BuyNow", bidder: input.bidder, at })
    case "Withdraw":
      return withdraw(state, { _tag: "Withdraw", bidder: input.bidder, at })
    case "Died":
      return die(state, { _tag: "Died", bidder: input.bidder, at })
    case "Tick":
      return [state, nothing]
    case "Close":
      return settle(state, { _tag: "Close", at }, "close")
  }
}

const nothing: ReadonlyArray<Output> = []

const decodeTerms = decode(Terms)

const wrongTerms = (terms: Terms): Offence | undefined =>
  offenceIn(decodeTerms(terms), () => {
    const { antiSniping, bidders, buyNow, endsAt, reserve, seller } = terms
    const latest = (endsAt ?? 0) + (antiSniping?.extension ?? 0) * (antiSniping?.extensionsMax ?? 0)
    return [
      [buyNow === undefined || buyNow >= reserve, ["buyNow"], "is below the reserve"],
      guests(bidders, seller, "bidders"),
      [antiSniping === undefined || endsAt !== undefined, ["antiSniping"], "needs endsAt"],
      [Settlement.isWhole(latest), ["antiSniping", "extensionsMax"], "could move the end beyond all times"]
    ]
  })

const announce = (state: State, terms: Terms): Move => {
  if (state._tag !== "Silent") return refuse(state, "already announced")
  const offence = wrongTerms(terms)
  if (offence !== undefined) return refuse(state, "invalid announcement", undefined, offence)
  const next: Open = {
    _tag: "Open",
    terms,
    invited: invitedOf(terms.bidders),
    now: 0,
    endsAt: terms.endsAt,
    extensions: 0,
    ranking: { lead: undefined, second: -1 },
    log: GrowingList.empty(),
    bidders: GrowingMap.empty(),
    gone: GrowingMap.empty()
  }
  return [next, [standing(next)]]
}

/** Who may not bid, and why. */
const barred = ({ gone, invited, log, terms }: Open, bidder: string): Reason | undefined => {
  const reason = unwelcome(bidder, invited, terms.seller, "own auction") ?? GrowingMap.get(gone, bidder)
  return reason ?? (log.size >= bidsMax ? "full" : undefined)
}

/** A larger offer joins the ranking. Offers of one bidder only rise, unless he leads. */
const raise = ({ lead, second }: Ranking, bidder: string, maximum: number, open: number): Ranking => {
  if (lead === undefined) return { lead: { bidder, maximum, open }, second }
  if (lead.bidder === bidder)
    return { lead: { bidder, maximum: Math.max(lead.maximum, maximum), open: Math.max(lead.open, open) }, second }
  return maximum > lead.maximum
    ? { lead: { bidder, maximum, open }, second: lead.maximum }
    : { lead, second: Math.max(second, maximum) }
}

/** The price at which the leader would have the item now. Differences stay exact where sums would not. */
const priceOf = ({ increment, reserve }: Terms, { maximum, open }: Lead, second: number): number => {
  const contested = second < 0 ? 0 : maximum - second <= increment ? maximum : second + increment
  return Math.max(reserve, open, contested)
}

const raised = (ranking: Ranking, entry: Entry): Ranking =>
  entry._tag === "Bid"
    ? raise(ranking, entry.bidder, entry.amount, entry.amount)
    : entry._tag === "Proxy"
      ? raise(ranking, entry.bidder, entry.maximum, 0)
      : ranking

/** Whether an offer is too low, and for the leader: whether it changes anything. */
const isTooLow = ({ ranking: { lead, second }, terms }: Open, entry: Entry, offered: number): boolean => {
  if (lead === undefined) return offered < terms.reserve
  if (entry._tag === "Proxy" && entry.bidder === lead.bidder) return offered <= lead.maximum
  return offered - priceOf(terms, lead, second) < terms.increment && offered < (terms.buyNow ?? Infinity)
}

const offer = (state: Open, entry: Extract<Entry, { _tag: "Bid" | "Proxy" }>, offered: number): Move => {
  const { bidder } = entry
  const reason = barred(state, bidder)
  if (reason !== undefined) return refuse(state, reason, { bidder })
  if (!Settlement.isWhole(offered)) return refuse(state, "invalid amount", { bidder })
  if (isTooLow(state, entry, offered)) {
    const { lead } = state.ranking
    const own = entry._tag === "Proxy" && lead?.bidder === bidder ? lead.maximum + 1 : minimumOf(state)
    return refuse(state, "too low", { bidder }, { minimum: own })
  }
  const next = logged(extended(state, entry.at), entry, raised(state.ranking, entry))
  const { ranking, terms } = next
  const isBought =
    terms.buyNow !== undefined &&
    ranking.lead !== undefined &&
    priceOf(terms, ranking.lead, ranking.second) >= terms.buyNow
  return isBought ? settle(next, undefined, "buy-now") : [next, [standing(next)]]
}

const logged = (state: Open, entry: Entry & { readonly bidder: string }, ranking: Ranking): Open => ({
  ...state,
  now: entry.at,
  ranking,
  log: GrowingList.add(state.log, entry),
  bidders: GrowingMap.has(state.bidders, entry.bidder)
    ? state.bidders
    : GrowingMap.add(state.bidders, entry.bidder, true)
})

const extended = (state: Open, at: number): Open => {
  const { endsAt, extensions, terms } = state
  const { antiSniping } = terms
  return antiSniping !== undefined &&
    endsAt !== undefined &&
    endsAt - at <= antiSniping.window &&
    extensions < antiSniping.extensionsMax
    ? { ...state, endsAt: endsAt + antiSniping.extension, extensions: extensions + 1 }
    : state
}

const buyNow = (state: Open, entry: Extract<Entry, { _tag: "BuyNow" }>): Move => {
  const { bidder } = entry
  const reason = barred(state, bidder)
  if (reason !== undefined) return refuse(state, reason, { bidder })
  const price = state.terms.buyNow
  if (price === undefined) return refuse(state, "no buy-now", { bidder })
  const lead = { bidder, maximum: price, open: price }
  return settle(logged(state, entry, { lead, second: -1 }), undefined, "buy-now")
}

const withdraw = (state: Open, entry: Extract<Entry, { _tag: "Withdraw" }>): Move => {
  const { bidder } = entry
  const left = GrowingMap.get(state.gone, bidder)
  if (left !== undefined) return refuse(state, left, { bidder })
  if (state.terms.withdrawals !== true) return refuse(state, "no withdrawal", { bidder })
  return GrowingMap.has(state.bidders, bidder) ? leave(state, entry, "withdrawn") : refuse(state, "no bid", { bidder })
}

const die = (state: Open, entry: Extract<Entry, { _tag: "Died" }>): Move => {
  const { bidder } = entry
  // A standing bidder's death is remembered even when the log is full: there is at most one for each.
  const left = GrowingMap.get(state.gone, bidder)
  const reason = left ?? (GrowingMap.has(state.bidders, bidder) ? undefined : barred(state, bidder))
  return reason === undefined ? leave(state, entry, "dead") : refuse(state, reason, { bidder })
}

/** The bids of those who are gone leave the ranking, unless they are dead and their bids stand. */
const leave = (state: Open, entry: Extract<Entry, { _tag: "Withdraw" | "Died" }>, why: Gone): Move => {
  const { bidder } = entry
  const { onDeath } = state.terms
  const next: Open = {
    ...state,
    now: entry.at,
    gone: GrowingMap.add(state.gone, bidder, why),
    log: GrowingList.add(state.log, entry)
  }
  if (!hasLapsed(why, onDeath) || !GrowingMap.has(state.bidders, bidder)) return [next, nothing]
  const isOut = (it: Entry): boolean => "bidder" in it && hasLapsed(GrowingMap.get(next.gone, it.bidder), onDeath)
  const ranking = GrowingList.values(state.log).reduce<Ranking>((sum, it) => (isOut(it) ? sum : raised(sum, it)), {
    lead: undefined,
    second: -1
  })
  const reranked: Open = { ...next, ranking }
  return [reranked, [standing(reranked)]]
}

const minimumOf = ({ ranking: { lead, second }, terms }: Open): number =>
  lead === undefined
    ? terms.reserve
    : Math.min(priceOf(terms, lead, second) + terms.increment, terms.buyNow ?? Infinity)

const standing = (state: Open): Output => {
  const { endsAt, ranking, terms } = state
  const { lead, second } = ranking
  return {
    _tag: "Standing",
    leader: lead?.bidder ?? null,
    price: lead === undefined ? null : priceOf(terms, lead, second),
    minimum: minimumOf(state),
    ...(endsAt === undefined ? {} : { endsAt })
  }
}

/** Ends the auction; `entry` is what ended it, if that is not in the log already. */
const settle = (state: Open, entry: Entry | undefined, closedBy: "close" | "time" | "buy-now"): Move => {
  const { ranking, terms } = state
  const { lead, second } = ranking
  const accepted = [...GrowingList.values(state.log), ...(entry === undefined ? [] : [entry])]
  const price = lead === undefined ? 0 : Math.min(priceOf(terms, lead, second), terms.buyNow ?? Infinity)
  const { decision, transfers } = sale(terms, lead?.bidder, price, second === lead?.maximum)
  const receipt = {
    mechanism: name,
    version: 1,
    inputs: { terms, accepted },
    decision: { ...decision, closedBy }
  }
  return ended({ _tag: "Settled", receipt, transfers })
}

/** Computes a receipt's decision again from its inputs: the terms, and what was accepted, in order. */
export const calculator = calculatorOf<Terms, Entry, State>({
  name,
  version: 1,
  tieBreak,
  terms: Terms,
  entry: Entry,
  announce: (terms) => step(initial, { _tag: "Announce", terms }),
  step
})
