/** The definition of a ledger: a list of postings, summed up whenever anything is asked. */

export interface Posting {
  readonly account: string
  readonly amount: bigint
}

interface Command {
  readonly _tag: string
  readonly id: string
  readonly at: number
  readonly account?: string
  readonly overdraft?: bigint
  readonly to?: string
  readonly from?: string
  readonly amount?: bigint
  readonly until?: number
  readonly hold?: string
  readonly legs?: ReadonlyArray<{ readonly from?: string; readonly to: string; readonly amount: bigint }>
}

export class NaiveLedger {
  readonly postings: Array<Posting> = []
  readonly opened = new Map<string, bigint>()
  readonly holds: Array<{ id: string; account: string; amount: bigint; until: number }> = []
  readonly log: Array<Command> = []

  balance(account: string): bigint {
    return this.postings.filter((each) => each.account === account).reduce((sum, each) => sum + each.amount, 0n)
  }

  held(account: string): bigint {
    return this.holds.filter((each) => each.account === account).reduce((sum, each) => sum + each.amount, 0n)
  }

  private isSound(): boolean {
    return [...this.opened].every(
      ([account, overdraft]) => this.balance(account) - this.held(account) + overdraft >= 0n
    )
  }

  private isOpen(account: string | undefined): boolean {
    return account !== undefined && this.opened.has(account)
  }

  /** Whether the command is accepted; an accepted one that was there before changes nothing. */
  give(command: Command): boolean {
    const before = this.log.find((each) => each.id === command.id)
    const text = (each: Command) =>
      JSON.stringify(each, (_, value) => (typeof value === "bigint" ? `${value}n` : value))
    if (before !== undefined) return text(before) === text(command)
    const copy = [this.postings.length, new Map(this.opened), [...this.holds]] as const
    const accepted = this.attempt(command) && this.isSound()
    if (accepted) this.log.push(command)
    else {
      this.postings.length = copy[0]
      this.opened.clear()
      for (const [account, overdraft] of copy[1]) this.opened.set(account, overdraft)
      this.holds.splice(0, this.holds.length, ...copy[2])
    }
    return accepted
  }

  private attempt(command: Command): boolean {
    const { account = "", amount = 0n, at, from = "", hold, legs = [], overdraft = 0n, to = "", until = 0 } = command
    const found = this.holds.findIndex((each) => each.id === hold)
    const kept = this.holds[found]
    switch (command._tag) {
      case "Open":
        if (this.isOpen(account) || overdraft < 0n) return false
        this.opened.set(account, overdraft)
        return true
      case "SetOverdraft":
        if (!this.isOpen(account) || overdraft < 0n) return false
        this.opened.set(account, overdraft)
        return true
      case "Close":
        if (!this.isOpen(account) || this.balance(account) !== 0n || this.held(account) !== 0n) return false
        this.opened.delete(account)
        return true
      case "Mint":
        this.postings.push({ account: to, amount })
        return this.isOpen(to) && amount > 0n
      case "Burn":
        this.postings.push({ account: from, amount: -amount })
        return this.isOpen(from) && amount > 0n
      case "Hold":
        this.holds.push({ id: command.id, account, amount, until })
        return this.isOpen(account) && amount > 0n && until > at
      case "Release":
      case "Expire":
        if (kept === undefined || (command._tag === "Expire" && at < kept.until)) return false
        this.holds.splice(found, 1)
        return true
      case "Capture": {
        if (kept === undefined || at >= kept.until) return false
        this.holds.splice(found, 1)
        let sum = 0n
        for (const leg of legs) {
          sum += leg.amount
          this.postings.push({ account: kept.account, amount: -leg.amount }, { account: leg.to, amount: leg.amount })
        }
        return legs.length > 0 && sum <= kept.amount && this.areFine(legs, kept.account)
      }
      default:
        for (const leg of legs) {
          const { amount: part, from: source = "", to: target } = leg
          this.postings.push({ account: source, amount: -part }, { account: target, amount: part })
        }
        return legs.length > 0 && this.areFine(legs)
    }
  }

  private areFine(
    legs: ReadonlyArray<{ readonly from?: string; readonly to: string; readonly amount: bigint }>,
    owner?: string
  ): boolean {
    return legs.every((leg) => {
      const source = owner ?? leg.from
      return leg.amount > 0n && leg.to !== source && this.isOpen(source) && this.isOpen(leg.to)
    })
  }
}
