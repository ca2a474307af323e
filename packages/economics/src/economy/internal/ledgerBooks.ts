/** The books of a ledger: what each event does to accounts and holds. Whether it may happen has been asked before. */
import type { Account, Event, Share, State } from "../Ledger.ts"

type Accounts = State["accounts"]

const change = (accounts: Accounts, name: string, with_: (account: Account) => Account): Accounts => {
  const account = accounts.get(name)
  return account === undefined ? accounts : accounts.set(name, with_(account))
}

const debit = (accounts: Accounts, name: string, amount: bigint): Accounts =>
  change(accounts, name, ({ credits, debits, held, overdraft }) => ({
    debits: debits + amount,
    credits,
    held,
    overdraft
  }))

const credit = (accounts: Accounts, name: string, amount: bigint): Accounts =>
  change(accounts, name, ({ credits, debits, held, overdraft }) => ({
    debits,
    credits: credits + amount,
    held,
    overdraft
  }))

/** What an event changes beside the ids. */
export type Books = Pick<State, "accounts" | "holds" | "minted" | "burned">

const freed = (books: Books, name: string): Books => {
  const found = books.holds.get(name)
  if (found === undefined) return books
  const accounts = change(books.accounts, found.account, (account) => ({
    ...account,
    held: account.held - found.amount
  }))
  return { accounts, holds: books.holds.delete(name), minted: books.minted, burned: books.burned }
}

const captured = (books: Books, name: string, legs: ReadonlyArray<Share>): Books => {
  const from = books.holds.get(name)?.account ?? ""
  const next = freed(books, name)
  let { accounts } = next
  for (const { amount, to } of legs) accounts = credit(debit(accounts, from, amount), to, amount)
  return { ...next, accounts }
}

/** The books after an event. */
export const post = (books: Books, event: Event): Books => {
  const { accounts, burned, holds, minted } = books
  switch (event._tag) {
    case "Opened": {
      const account = { debits: 0n, credits: 0n, held: 0n, overdraft: event.overdraft }
      return { accounts: accounts.set(event.account, account), holds, minted, burned }
    }
    case "OverdraftSet": {
      const { account, overdraft } = event
      return { accounts: change(accounts, account, (it) => ({ ...it, overdraft })), holds, minted, burned }
    }
    case "Closed":
      return { accounts: accounts.delete(event.account), holds, minted, burned }
    case "Transferred": {
      let moved = accounts
      for (const { amount, from, to } of event.legs) moved = credit(debit(moved, from, amount), to, amount)
      return { accounts: moved, holds, minted, burned }
    }
    case "Minted":
      return { accounts: credit(accounts, event.to, event.amount), holds, minted: minted + event.amount, burned }
    case "Burned":
      return { accounts: debit(accounts, event.from, event.amount), holds, minted, burned: burned + event.amount }
    case "Held": {
      const { account, amount, id, until } = event
      const changed = change(accounts, account, (it) => ({ ...it, held: it.held + amount }))
      return { accounts: changed, holds: holds.set(id, { account, amount, until }), minted, burned }
    }
    case "Captured":
      return captured(books, event.hold, event.legs)
    case "Released":
    case "Expired":
      return freed(books, event.hold)
  }
}
