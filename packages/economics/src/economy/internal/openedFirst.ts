import type * as Ledger from "../Ledger.ts"

/** The opening of its account by a machine that keeps all its money in one: with the first of its events. */
export const openedFirst = (account: string, moves: number, at: number): ReadonlyArray<Ledger.Command> =>
  moves === 0 ? [{ _tag: "Open", id: `${account}/open`, at, account, overdraft: 0n }] : []
