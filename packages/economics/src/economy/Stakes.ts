/**
 * Stakes: money that an agent puts at risk, loses a share of by an offence, and gets back after a delay (slashing and
 * unbonding as in proof of stake: Buterin & Griffith, "Casper the Friendly Finality Gadget", 2017).
 *
 * **Guarantees** What was bonded is at every moment exactly what is at stake, waiting for its delay, withdrawn, recoverable
 * or forfeited. A slash takes the policy's share of all that has not been withdrawn, rounded up, never more than there
 * is: money that waits for its delay is not out of reach, or an offender would leave first. The recovery rule of half the
 * period: before half of `recoveryMillis` after the slash nothing can be recovered; from then on once, the elapsed share
 * of the period, rounded down (day 15 of 30: one half; day 30 and later: all). What a recovery leaves, and all that is open
 * when the next offence comes, is forfeited. On a ledger (`Backed`), one account holds exactly what is at stake, waiting or
 * recoverable, and what is forfeited goes to a treasury.
 *
 * **Does not guarantee** That an offence was one: who sends `Slash` has judged it.
 *
 * **Example**
 *
 * ```ts
 * import { Machine, Stakes } from "@mabeam/economics"
 *
 * const day = 86_400_000
 * const machine = Stakes.make({
 *   offences: new Map([
 *     ["fraud", { share: "0.25", recoverable: "0" }],
 *     ["abandonment", { share: "0.1", recoverable: "1" }]
 *   ]),
 *   unbondingMillis: 7 * day,
 *   recoveryMillis: 30 * day
 * })
 * const { state } = Machine.run(machine, [
 *   { _tag: "Bond", agent: "ada", at: 0, amount: 10_000n },
 *   { _tag: "Slash", id: "s", agent: "ada", at: 0, offence: "abandonment" },
 *   { _tag: "Recover", agent: "ada", at: 15 * day, slash: "s" }
 * ])
 * Stakes.atStake(state, "ada") // => 9500n
 * state.forfeited // => 500n
 * ```
 *
 * @since 0.1.0
 */
import { HashMap, Option, Result, Schema } from "effect"
import { toRational, type Given } from "../input/Amount.ts"
import { DuplicateName, TooLarge, UnknownName, decode } from "../input/Refusal.ts"
import type { InvalidAmount, InvalidFormat } from "../input/Refusal.ts"
import * as Accounts from "./Accounts.ts"
import type * as Ledger from "./Ledger.ts"
import { TooEarly } from "./Machine.ts"
import type { Insufficient, InvalidMoney, Machine } from "./Machine.ts"
import { openedFirst } from "./internal/openedFirst.ts"
import { short } from "./internal/short.ts"
import * as Money from "./Money.ts"

/** Most withdrawals of one agent that wait for their delay; the next `Unbond` is refused. */
export const unbondingMax = 100

/** Most agents that have ever bonded; the first `Bond` of another is refused. */
export const agentsMax = 100_000

/** How many slashes of an agent are remembered; of older ones nothing can be recovered. */
export const slashesMax = 100

/** What an offence costs, and how much of that can be recovered; shares from 0 to 1. */
export interface Offence {
  readonly share: Given
  readonly recoverable: Given
}

/** The rules. */
export interface Policy {
  readonly offences: ReadonlyMap<string, Offence>
  readonly unbondingMillis: number
  readonly recoveryMillis: number
}

const head = { agent: Money.Name, at: Money.Time }
const sum = { ...head, amount: Money.Money }

/** What can be asked. */
export const Command = Schema.TaggedUnion({
  Bond: sum,
  /** Asks for money back; it stays within reach of a slash for the delay. */
  Unbond: sum,
  /** Takes out what has waited long enough. */
  Withdraw: head,
  Slash: { id: Money.Name, ...head, offence: Money.Name },
  /** Puts back at stake what the half-period rule allows; once for each slash. */
  Recover: { ...head, slash: Money.Name }
})
export type Command = typeof Command.Type

/** What has happened. */
export const Event = Schema.TaggedUnion({
  Bonded: sum,
  Unbonding: { ...sum, due: Money.Time },
  Withdrawn: sum,
  /** Of `amount`, `recoverable` waits for a recovery; the rest is forfeited. */
  Slashed: { id: Money.Name, ...head, offence: Money.Name, amount: Money.Money, recoverable: Money.Money },
  Recovered: { ...head, slash: Money.Name, amount: Money.Money }
})
export type Event = typeof Event.Type

/** A command from outside. */
export const decodeCommand: (input: unknown) => Result.Result<Command, InvalidFormat | InvalidAmount> = decode(Command)

/** Why it is refused. */
export type Refused = DuplicateName | Insufficient | InvalidMoney | TooEarly | TooLarge | UnknownName

/** The money of one agent. */
export interface Stake {
  readonly bonded: bigint
  /** In order of their due times. */
  readonly unbonding: ReadonlyArray<{ readonly amount: bigint; readonly due: number }>
  readonly slashes: ReadonlyArray<{ readonly id: string; readonly at: number; readonly recoverable: bigint }>
}

/** All stakes. */
export interface State {
  readonly agents: HashMap.HashMap<string, Stake>
  /** Lost for good: the treasury's. */
  readonly forfeited: bigint
  /** How many events there were: numbers the movements on a ledger. */
  readonly moves: number
}

const none: Stake = { bonded: 0n, unbonding: [], slashes: [] }

/** The money of an agent; nothing for one that nobody knows. */
export const stakeOf = (state: State, agent: string): Stake =>
  Option.getOrElse(HashMap.get(state.agents, agent), () => none)

/** What a slash can reach: at stake, or waiting for its delay. */
export const atStake = (state: State, agent: string): bigint => reach(stakeOf(state, agent))

const reach = ({ bonded, unbonding }: Stake): bigint => unbonding.reduce((total, { amount }) => total + amount, bonded)

type Decided = Result.Result<ReadonlyArray<Event>, Refused>
type Of<Tag> = Extract<Command, { _tag: Tag }>

const fails = (refused: Refused): Decided => Result.fail(refused)

const unbonds = (policy: Policy, stake: Stake, { agent, amount, at }: Of<"Unbond">): Decided => {
  const wrong = Money.offence(amount, ["amount"])
  if (wrong !== undefined) return fails(wrong)
  if (amount > stake.bonded) return fails(short(["amount"], agent, stake.bonded, amount))
  const size = stake.unbonding.length + 1
  if (size > unbondingMax) return fails(new TooLarge({ path: ["agent"], size, limit: unbondingMax }))
  return Result.succeed([{ _tag: "Unbonding", agent, at, amount, due: at + policy.unbondingMillis }])
}

const withdraws = (stake: Stake, { agent, at }: Of<"Withdraw">): Decided => {
  const amount = stake.unbonding.reduce((total, it) => (it.due <= at ? total + it.amount : total), 0n)
  if (amount > 0n) return Result.succeed([{ _tag: "Withdrawn", agent, at, amount }])
  const next = stake.unbonding[0]
  return next === undefined
    ? fails(short(["agent"], agent, 0n, 1n))
    : fails(new TooEarly({ path: ["at"], at, from: next.due }))
}

const slashes = (policy: Policy, stake: Stake, { agent, at, id, offence: name }: Of<"Slash">): Decided => {
  const offence = policy.offences.get(name)
  if (offence === undefined) return fails(new UnknownName({ path: ["offence"], name, known: "the offences" }))
  if (stake.slashes.some((slash) => slash.id === id)) return fails(new DuplicateName({ path: ["id"], name: id }))
  const all = reach(stake)
  if (all === 0n) return fails(short(["agent"], agent, 0n, 1n))
  const amount = Money.least(all, Money.ceil(Money.times(all, offence.share)))
  const recoverable = Money.least(amount, Money.floor(Money.times(amount, offence.recoverable)))
  return Result.succeed([{ _tag: "Slashed", id, agent, at, offence: name, amount, recoverable }])
}

const recovers = (policy: Policy, stake: Stake, { agent, at, slash: id }: Of<"Recover">): Decided => {
  const slash = stake.slashes.find((it) => it.id === id && it.recoverable > 0n)
  if (slash === undefined)
    return fails(new UnknownName({ path: ["slash"], name: id, known: "the slashes with something to recover" }))
  const half = slash.at + policy.recoveryMillis / 2
  if (at < half) return fails(new TooEarly({ path: ["at"], at, from: half }))
  const elapsed = Math.min(at - slash.at, policy.recoveryMillis)
  const share = policy.recoveryMillis === 0 ? toRational(1) : toRational(elapsed).div(policy.recoveryMillis)
  const amount = Money.floor(Money.times(slash.recoverable, share))
  return Result.succeed([{ _tag: "Recovered", agent, at, slash: id, amount }])
}

const decideBy =
  (policy: Policy) =>
  (state: State, command: Command): Decided => {
    const { agent } = command
    if (command._tag === "Bond") {
      const { amount, at } = command
      const wrong = Money.offence(amount, ["amount"])
      if (wrong !== undefined) return fails(wrong)
      const size = HashMap.size(state.agents) + (HashMap.has(state.agents, agent) ? 0 : 1)
      if (size > agentsMax) return fails(new TooLarge({ path: ["agent"], size, limit: agentsMax }))
      return Result.succeed([{ _tag: "Bonded", agent, at, amount }])
    }
    if (!HashMap.has(state.agents, agent))
      return fails(new UnknownName({ path: ["agent"], name: agent, known: "those who have bonded" }))
    const stake = stakeOf(state, agent)
    switch (command._tag) {
      case "Unbond":
        return unbonds(policy, stake, command)
      case "Withdraw":
        return withdraws(stake, command)
      case "Slash":
        return slashes(policy, stake, command)
      case "Recover":
        return recovers(policy, stake, command)
    }
  }

/** Takes from what is bonded first, then from what would have been free last. */
const cut = (stake: Stake, amount: bigint): Stake => {
  const bonded = stake.bonded - Money.least(stake.bonded, amount)
  let left = amount - (stake.bonded - bonded)
  const unbonding = stake.unbonding.toReversed().flatMap(({ amount, due }) => {
    const taken = Money.least(amount, left)
    left -= taken
    return amount === taken ? [] : [{ amount: amount - taken, due }]
  })
  return { ...stake, bonded, unbonding: unbonding.reverse() }
}

const slashed = (stake: Stake, event: Extract<Event, { _tag: "Slashed" }>) => {
  const { amount, at, id, recoverable } = event
  const open = stake.slashes.reduce((total, slash) => total + slash.recoverable, 0n)
  const before = stake.slashes.map((slash) => ({ ...slash, recoverable: 0n })).slice(1 - slashesMax)
  return {
    stake: { ...cut(stake, amount), slashes: [...before, { id, at, recoverable }] },
    forfeited: amount - recoverable + open
  }
}

const recovered = (stake: Stake, { amount, slash: id }: Extract<Event, { _tag: "Recovered" }>) => {
  const recoverable = stake.slashes.find((slash) => slash.id === id)?.recoverable ?? 0n
  const slashes = stake.slashes.map((slash) => (slash.id === id ? { ...slash, recoverable: 0n } : slash))
  return { stake: { ...stake, bonded: stake.bonded + amount, slashes }, forfeited: recoverable - amount }
}

const moved = (stake: Stake, event: Event): { readonly stake: Stake; readonly forfeited: bigint } => {
  switch (event._tag) {
    case "Bonded":
      return { stake: { ...stake, bonded: stake.bonded + event.amount }, forfeited: 0n }
    case "Unbonding": {
      const { amount, due } = event
      const unbonding = [...stake.unbonding, { amount, due }].sort((a, b) => a.due - b.due)
      return { stake: { ...stake, bonded: stake.bonded - amount, unbonding }, forfeited: 0n }
    }
    case "Withdrawn":
      return { stake: { ...stake, unbonding: stake.unbonding.filter(({ due }) => due > event.at) }, forfeited: 0n }
    case "Slashed":
      return slashed(stake, event)
    case "Recovered":
      return recovered(stake, event)
  }
}

/** The stakes after an event. */
export const evolve = (state: State, event: Event): State => {
  const { forfeited, stake } = moved(stakeOf(state, event.agent), event)
  return {
    agents: HashMap.set(state.agents, event.agent, stake),
    forfeited: state.forfeited + forfeited,
    moves: state.moves + 1
  }
}

/** Stakes under a policy. */
export const make = (policy: Policy): Machine<State, Command, Event, Refused> => ({
  initial: { agents: HashMap.empty(), forfeited: 0n, moves: 0 },
  decide: decideBy(policy),
  evolve
})

/** The account in a ledger that keeps all stakes; `id` tells several machines on one ledger apart. */
export const accountOf = (id: string): string => Accounts.accountOf("stakes", id)

/**
 * What an event asks of the ledger: agents need accounts under their names, all stakes lie in `accountOf(id)`, and what is
 * forfeited goes to `treasury`, which has to be open. That is an account like any other, of whoever is called so and may
 * spend it; or one that nobody is called like (`Accounts.accountOf`), which only movements open and spend.
 */
export const movements =
  ({ id, treasury }: { readonly id: string; readonly treasury: string }) =>
  (before: State, event: Event): ReadonlyArray<Ledger.Command> => {
    const { agent, at } = event
    const account = accountOf(id)
    const moves = (from: string, to: string, amount: bigint): ReadonlyArray<Ledger.Command> => [
      ...openedFirst(account, before.moves, at),
      ...(amount === 0n
        ? []
        : [{ _tag: "Transfer", id: `${account}/${before.moves}`, at, legs: [{ from, to, amount }] } as const])
    ]
    switch (event._tag) {
      case "Bonded":
        return moves(agent, account, event.amount)
      case "Withdrawn":
        return moves(account, agent, event.amount)
      default:
        return moves(account, treasury, moved(stakeOf(before, agent), event).forfeited)
    }
  }
