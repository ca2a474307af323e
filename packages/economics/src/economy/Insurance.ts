/**
 * Insurance out of a pool: premiums and contributions go in, indemnities come out, and never more than there is.
 *
 * **Guarantees** What is paid never exceeds the pool, nor a policy's `value × coverage` over all its claims. The indemnity
 * of a claim is `value × coverage × min(1, shortfall / trigger)`, rounded down, exactly: a shortfall of the trigger or
 * more is the whole cover. Claims settled together that the pool cannot pay share it in proportion to what is due to
 * each, by the largest remainder, no one getting more than is due. What the pool could not pay is not owed later. On a
 * ledger (`Backed`), the pool's account holds exactly the pool.
 *
 * **Does not guarantee** Solvency: nobody keeps the pool from covering more than it holds. Premiums that suffice: `premium`
 * is the expected loss and a loading, for the risk that it is told.
 *
 * **Example**
 *
 * ```ts
 * import { Insurance, Machine } from "@mabeam/economics"
 *
 * const premium = Insurance.premium({ value: 5000n, coverage: "0.6", risk: "0.1", loading: "0.2" })
 * const { state } = Machine.run(Insurance.machine, [
 *   { _tag: "Contribute", at: 0, by: "ada", amount: 4000n },
 *   { _tag: "Insure", id: "p", at: 0, holder: "bob", value: 5000n, coverage: "0.6", trigger: "0.05", premium, until: 99 },
 *   { _tag: "Claim", at: 9, claims: [{ id: "c", policy: "p", shortfall: "0.05" }] }
 * ])
 * premium // => 360n
 * state.pool // => 1360n
 * ```
 *
 * @since 0.1.0
 */
import { HashMap, Option, Result, Schema } from "effect"
import { Amount, type Given } from "../input/Amount.ts"
import { DuplicateName, InvalidFormat, TooLarge, UnknownName, decode, duplicateOf } from "../input/Refusal.ts"
import type { InvalidAmount } from "../input/Refusal.ts"
import * as Accounts from "./Accounts.ts"
import * as Apportionment from "./Apportionment.ts"
import type * as Ledger from "./Ledger.ts"
import type { Machine } from "./Machine.ts"
import { TooLate } from "./Machine.ts"
import type { InvalidMoney } from "./Machine.ts"
import { openedFirst } from "./internal/openedFirst.ts"
import * as Money from "./Money.ts"

/** Most claims of one policy, and most claims that are settled together. */
export const claimsMax = 1000

/** Most policies of a state, past ones included; the next `Insure` is refused. See `unfinished`. */
export const policiesMax = 100_000

const contribute = { at: Money.Time, by: Money.Name, amount: Money.Money }
const insure = {
  id: Money.Name,
  at: Money.Time,
  holder: Money.Name,
  value: Money.Money,
  /** The share of the value that is covered: above 0, at most 1. */
  coverage: Amount,
  /** The shortfall from which on the whole cover is due, such as `"0.05"` of the quality promised: above 0. */
  trigger: Amount,
  premium: Money.Money,
  /** Claims come before it. */
  until: Money.Time
}

/** What can be asked. */
export const Command = Schema.TaggedUnion({
  Contribute: contribute,
  /** Takes the premium into the pool and covers the holder. */
  Insure: insure,
  /** Claims that are settled together, after somebody has judged each shortfall. */
  Claim: {
    at: Money.Time,
    claims: Schema.Array(Schema.Struct({ id: Money.Name, policy: Money.Name, shortfall: Amount }))
  }
})
export type Command = typeof Command.Type

/** What has happened. Each settled claim says what was due by the policy and what the pool paid. */
export const Event = Schema.TaggedUnion({
  Contributed: contribute,
  Insured: insure,
  Settled: {
    at: Money.Time,
    claims: Schema.Array(
      Schema.Struct({
        id: Money.Name,
        policy: Money.Name,
        holder: Money.Name,
        due: Money.Money,
        paid: Money.Money
      })
    )
  }
})
export type Event = typeof Event.Type

/** A command from outside. */
export const decodeCommand: (input: unknown) => Result.Result<Command, InvalidFormat | InvalidAmount> = decode(Command)

/** Why it is refused. */
export type Refused = DuplicateName | InvalidFormat | InvalidMoney | TooLarge | TooLate | UnknownName

/** A policy and what it has paid. */
export interface Policy {
  readonly holder: string
  readonly value: bigint
  readonly coverage: Given
  readonly trigger: Given
  readonly until: number
  readonly paid: bigint
  readonly claims: ReadonlyArray<string>
}

/** The pool and the policies by id. */
export interface State {
  readonly pool: bigint
  readonly policies: HashMap.HashMap<string, Policy>
  /** How many events there were: numbers the movements on a ledger. */
  readonly moves: number
}

/** The pool with the policies that may still be claimed at a moment: what a machine starts afresh from. */
export const unfinished = (state: State, at: number): State => ({
  ...state,
  policies: HashMap.filter(state.policies, (policy) => at < policy.until)
})

/** The expected loss `value × coverage × risk`, and `loading` times as much on top, rounded up. */
export const premium = (terms: {
  readonly value: bigint
  readonly coverage: Given
  readonly risk: Given
  readonly loading: Given
}): bigint => {
  const loss = Money.times(terms.value, Money.share(terms.coverage).mul(Money.share(terms.risk)))
  return Money.ceil(loss.mul(Money.share(terms.loading).add(1)))
}

/** What a policy owes for a shortfall, before the pool is asked: at most what is left of its cover. */
export const indemnity = (
  { coverage, paid, trigger, value }: Pick<Policy, "value" | "coverage" | "trigger" | "paid">,
  shortfall: Given
): bigint => {
  const ratio = Money.share(shortfall).div(Money.share(trigger))
  const cover = Money.times(value, coverage)
  const due = Money.floor(ratio.compare(1) > 0 ? cover : cover.mul(ratio))
  return Money.least(due, Money.floor(cover) - paid)
}

type Decided = Result.Result<ReadonlyArray<Event>, Refused>
type Of<Tag> = Extract<Command, { _tag: Tag }>

const fails = (refused: Refused): Decided => Result.fail(refused)

const insures = (state: State, { _tag, ...terms }: Of<"Insure">): Decided => {
  if (HashMap.has(state.policies, terms.id)) return fails(new DuplicateName({ path: ["id"], name: terms.id }))
  const size = HashMap.size(state.policies) + 1
  if (size > policiesMax) return fails(new TooLarge({ path: ["id"], size, limit: policiesMax }))
  const wrong = Money.offence(terms.value, ["value"]) ?? Money.offenceUnlessZero(terms.premium, ["premium"])
  if (wrong !== undefined) return fails(wrong)
  const coverage = Money.share(terms.coverage)
  if (coverage.compare(0) <= 0 || coverage.compare(1) > 0)
    return fails(new InvalidFormat({ path: ["coverage"], because: "a share above 0, at most 1" }))
  if (Money.share(terms.trigger).compare(0) <= 0)
    return fails(new InvalidFormat({ path: ["trigger"], because: "above 0" }))
  if (terms.until <= terms.at) return fails(new TooLate({ path: ["until"], at: terms.at, until: terms.until }))
  return Result.succeed([{ _tag: "Insured", ...terms }])
}

const claims = (state: State, { at, claims }: Of<"Claim">): Decided => {
  if (claims.length > claimsMax) return fails(new TooLarge({ path: ["claims"], size: claims.length, limit: claimsMax }))
  const ids = claims.map(({ id, policy }) => JSON.stringify([policy, id]))
  const twice = duplicateOf(ids, (index) => ["claims", index, "id"])
  if (twice !== undefined) return fails(twice)
  const paid = new Map<string, Policy>()
  const due: Array<{ readonly id: string; readonly policy: string; readonly holder: string; readonly due: bigint }> = []
  for (const [index, { id, policy: name, shortfall }] of claims.entries()) {
    const policy = paid.get(name) ?? Option.getOrUndefined(HashMap.get(state.policies, name))
    if (policy === undefined)
      return fails(new UnknownName({ path: ["claims", index, "policy"], name, known: "the policies" }))
    if (policy.claims.includes(id)) return fails(new DuplicateName({ path: ["claims", index, "id"], name: id }))
    if (at >= policy.until) return fails(new TooLate({ path: ["at"], at, until: policy.until }))
    const size = policy.claims.length + 1
    if (size > claimsMax) return fails(new TooLarge({ path: ["claims", index], size, limit: claimsMax }))
    const owed = indemnity(policy, shortfall)
    due.push({ id, policy: name, holder: policy.holder, due: owed })
    // Several claims of one policy share its cover, in their order.
    paid.set(name, { ...policy, paid: policy.paid + owed, claims: [...policy.claims, id] })
  }
  const all = due.reduce((total, claim) => total + claim.due, 0n)
  const parts = all <= state.pool ? due.map((claim) => claim.due) : split(state.pool, due)
  return Result.succeed([
    { _tag: "Settled", at, claims: due.map((claim, index) => ({ ...claim, paid: parts[index] ?? 0n })) }
  ])
}

const split = (pool: bigint, due: ReadonlyArray<{ readonly due: bigint }>) =>
  Apportionment.split(
    pool,
    due.map((claim) => claim.due)
  )

/** The event of a command, or why not. */
export const decide = (state: State, command: Command): Decided => {
  switch (command._tag) {
    case "Contribute": {
      const { amount, at, by } = command
      const wrong = Money.offence(amount, ["amount"])
      return wrong === undefined ? Result.succeed([{ _tag: "Contributed", at, by, amount }]) : fails(wrong)
    }
    case "Insure":
      return insures(state, command)
    case "Claim":
      return claims(state, command)
  }
}

/** The pool after an event. */
export const evolve = (state: State, event: Event): State => {
  const moves = state.moves + 1
  switch (event._tag) {
    case "Contributed":
      return { ...state, pool: state.pool + event.amount, moves }
    case "Insured": {
      const { coverage, holder, id, premium, trigger, until, value } = event
      const policy = { holder, value, coverage, trigger, until, paid: 0n, claims: [] }
      return { pool: state.pool + premium, policies: HashMap.set(state.policies, id, policy), moves }
    }
    case "Settled": {
      let { policies, pool } = state
      for (const { id, paid, policy: name } of event.claims) {
        pool -= paid
        policies = HashMap.modify(policies, name, (policy) => ({
          ...policy,
          paid: policy.paid + paid,
          claims: [...policy.claims, id]
        }))
      }
      return { pool, policies, moves }
    }
  }
}

/** Insurance as a machine. */
export const machine: Machine<State, Command, Event, Refused> = {
  initial: { pool: 0n, policies: HashMap.empty(), moves: 0 },
  decide,
  evolve
}

/** The account in a ledger that is the pool; `id` tells several pools on one ledger apart. */
export const accountOf = (id: string): string => Accounts.accountOf("insurance", id)

/**
 * What an event asks of the ledger, whose account `accountOf(id)` is the pool: those who contribute and insure need accounts
 * under their names. Its limit of legs has to be `claimsMax` or more.
 */
export const movements =
  (id: string) =>
  (before: State, event: Event): ReadonlyArray<Ledger.Command> => {
    const { at } = event
    const pool = accountOf(id)
    const legs = legsOf(pool, event).filter((leg) => leg.amount > 0n)
    return [
      ...openedFirst(pool, before.moves, at),
      ...(legs.length === 0 ? [] : [{ _tag: "Transfer", id: `${pool}/${before.moves}`, at, legs } as const])
    ]
  }

const legsOf = (pool: string, event: Event) => {
  switch (event._tag) {
    case "Contributed":
      return [{ from: event.by, to: pool, amount: event.amount }]
    case "Insured":
      return [{ from: event.holder, to: pool, amount: event.premium }]
    case "Settled":
      return event.claims.map(({ holder, paid }) => ({ from: pool, to: holder, amount: paid }))
  }
}
