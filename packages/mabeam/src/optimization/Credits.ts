/**
 * The accounts of agents that share a study: what a round earns them, so that slots go to those whose trials are good. Pure.
 *
 * Every slot is sold in a first-price auction to the agent with the most credits, who pays all that it has. When a slot's trial has
 * ended, the same amount of new credits is divided by regret: by how much better an agent's recent trials were than the team's
 * (regret matching+, with regrets that fade: Hart and Mas-Colell, "A simple adaptive procedure leading to correlated
 * equilibrium", 2000; Tammelin, "Solving large imperfect information games using CFR+", 2014). So an agent gets about that
 * share of the slots which it gets of the credits.
 *
 * A trial is worth 1 if it beats all before, else half the share of the recent trials that it beats. Only ranks
 * count: any increasing transform of the objective leaves all as it is.
 *
 * **Guarantees** Credits are whole numbers: balances and payments sum to what was given out. A fifth of the new credits is
 * divided evenly, so that no agent is out of the game for good.
 *
 * **Example**
 *
 * ```ts
 * import { Credits } from "@mabeam/core"
 *
 * let state = Credits.open(["gp", "tpe"])
 * Credits.balance(state, "gp") // => 100
 * state = Credits.sell(state, "gp", 100)
 * state = Credits.settle(state, { agent: "gp", cost: 0.25 })
 * Credits.balance(state, "gp") > 50 // => true
 * Credits.balance(state, "gp") + Credits.balance(state, "tpe") // => 200
 * ```
 *
 * @since 0.1.0
 */

/** What is known of one agent. */
export interface Account {
  readonly balance: number
  /** What it has paid in all. */
  readonly paid: number
  /** By how much its trials were better than the team's, of late; at least 0. */
  readonly regret: number
  /** What its last trials were worth, 0 to 1, the newest last. */
  readonly worths: ReadonlyArray<number>
  readonly trials: number
  /** Trials that beat all before. */
  readonly improvements: number
}

/** All accounts, and what trials are compared with. */
export interface State {
  readonly accounts: ReadonlyMap<string, Account>
  /** The least cost so far. */
  readonly best: number
  /** The costs of the last trials, the newest last. */
  readonly recent: ReadonlyArray<number>
}

/** What came of a slot: the cost of its trial (less is better), or `undefined` if it has none. */
export interface Outcome {
  readonly agent: string
  readonly cost: number | undefined
}

/** What every agent has at first, and what a slot brings into the game. */
export const CREDITS_PER_SLOT = 100
/** The share of new credits that is divided evenly. */
const EVENLY = 0.2
/** How much of a regret is left after a slot. */
const FADING = 0.7
/** Trials by which an agent is judged. */
const WORTHS_MAX = 6
/** Trials that a new one is compared with. */
const RECENT_MAX = 16
/** What an agent's trials are taken to be worth before it had any. */
const BENEFIT_OF_DOUBT = 0.6

/** Accounts of distinct agents, in this order. */
export const open = (agents: ReadonlyArray<string>): State => ({
  accounts: new Map(
    agents.map((agent) => [
      agent,
      { balance: CREDITS_PER_SLOT, paid: 0, regret: 0, worths: [], trials: 0, improvements: 0 }
    ])
  ),
  best: Number.POSITIVE_INFINITY,
  recent: []
})

/** What an agent has; 0 if it is unknown. */
export const balance = ({ accounts }: State, agent: string): number => accounts.get(agent)?.balance ?? 0

/** The part of new credits that each agent gets: matched to its regret, four fifths of it. */
export const shares = ({ accounts }: State): ReadonlyMap<string, number> => {
  const total = [...accounts.values()].reduce((sum, { regret }) => sum + regret, 0)
  const even = 1 / accounts.size
  const matched = (regret: number) => (total > 0 ? regret / total : even)
  return new Map([...accounts].map(([agent, { regret }]) => [agent, EVENLY * even + (1 - EVENLY) * matched(regret)]))
}

/** What an agent bids for a slot: all that it has, and a fraction of a credit by its share, so that of equals the better one wins. */
export const bid = (state: State, agent: string): number => balance(state, agent) + (shares(state).get(agent) ?? 0) / 2

/** What an agent pays of a bid. */
export const priceOf = (amount: number): number => Math.floor(amount)

const update = (state: State, agent: string, change: (account: Account) => Account): State => {
  const account = state.accounts.get(agent)
  return account === undefined ? state : { ...state, accounts: new Map(state.accounts).set(agent, change(account)) }
}

/** An agent pays for a slot, a whole price; never more than it has. */
export const sell = (state: State, agent: string, price: number): State =>
  update(state, agent, (account) => {
    const paid = Math.min(price, account.balance)
    return { ...account, balance: account.balance - paid, paid: account.paid + paid }
  })

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

const worthOf = ({ best, recent }: State, cost: number | undefined): number => {
  if (cost === undefined) return 0
  if (cost < best) return 1
  return recent.length === 0 ? 0 : (0.5 * recent.filter((other) => other > cost).length) / recent.length
}

/** The accounts after the outcome of a slot, with the new credits. */
export const settle = (before: State, { agent, cost }: Outcome): State => {
  const worth = worthOf(before, cost)
  const after = update(before, agent, (account) => ({
    ...account,
    worths: [...account.worths, worth].slice(-WORTHS_MAX),
    trials: account.trials + 1,
    improvements: account.improvements + (worth === 1 ? 1 : 0)
  }))
  const costs = cost === undefined ? [] : [cost]
  const judged = matchRegrets(after, shares(before))
  return giveOut({
    ...judged,
    best: Math.min(before.best, ...costs),
    recent: [...before.recent, ...costs].slice(-RECENT_MAX)
  })
}

const matchRegrets = (state: State, part: ReadonlyMap<string, number>): State => {
  const worth = ({ worths }: Account) => (worths.length === 0 ? BENEFIT_OF_DOUBT : mean(worths))
  const team = [...state.accounts].reduce((sum, [agent, account]) => sum + (part.get(agent) ?? 0) * worth(account), 0)
  const accounts = [...state.accounts].map(
    ([agent, account]) =>
      [agent, { ...account, regret: Math.max(0, FADING * account.regret + worth(account) - team) }] as const
  )
  return { ...state, accounts: new Map(accounts) }
}

/** Divides the credits of a slot by the shares: each gets the difference of rounded sums, so that nothing is lost. */
const giveOut = (state: State): State => {
  let sum = 0
  const part = shares(state)
  const accounts = [...state.accounts].map(([agent, account]) => {
    const before = Math.round(sum * CREDITS_PER_SLOT)
    sum += part.get(agent) ?? 0
    return [agent, { ...account, balance: account.balance + Math.round(sum * CREDITS_PER_SLOT) - before }] as const
  })
  return { ...state, accounts: new Map(accounts) }
}

/** A slot as the trials of a study remember it. */
export interface Slot extends Outcome {
  /** Counted from 0 in the order of the sales. */
  readonly sale: number
  readonly price: number
  /** Whether its trial has ended. */
  readonly ended: boolean
}

/** The accounts that follow from all slots sold so far: the same, whichever trial has ended first. */
export const replay = (agents: ReadonlyArray<string>, slots: ReadonlyArray<Slot>): State =>
  slots
    .toSorted((a, b) => a.sale - b.sale)
    .reduce((state, slot) => {
      const paid = sell(state, slot.agent, slot.price)
      return slot.ended ? settle(paid, slot) : paid
    }, open(agents))
