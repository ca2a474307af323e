/**
 * A machine whose events move money: both happen, in its own state and in the ledger, or neither does.
 *
 * **Guarantees** A command is refused as a whole when the ledger refuses one of the movements that its events ask for, or
 * has seen it before: money that moved once does not count twice. So is every command that uses a name of machines' own
 * accounts (`Accounts`). The events of the pair hold both sides, so a replay needs nothing else.
 *
 * **Does not guarantee** That accounts exist: the ledger's own `Open` comes first, through a `Ledger` command or as one of
 * the movements. Nor that they stay: who is to be paid and has closed an empty account keeps his machine from going on, with
 * an `UnknownName` for everybody, until an account is open under his name again. Nor anything about names that `movements`
 * take from elsewhere than the command: those may be of own accounts.
 *
 * **Example**
 *
 * ```ts
 * import { Backed, Escrow, Ledger, Machine } from "@mabeam/economics"
 *
 * const machine = Backed.make(Escrow.machine, Escrow.movements, Ledger.make())
 * const ledger = (command: Ledger.Command) => ({ _tag: "Ledger", command }) as const
 * const own = (command: Escrow.Command) => ({ _tag: "Own", command }) as const
 * const { refused, state } = Machine.run(machine, [
 *   ledger({ _tag: "Open", id: "a", at: 0, account: "ada", overdraft: 0n }),
 *   ledger({ _tag: "Open", id: "b", at: 0, account: "bob", overdraft: 0n }),
 *   ledger({ _tag: "Mint", id: "c", at: 0, to: "ada", amount: 50n }),
 *   own({ _tag: "Fund", id: "job", at: 1, payer: "ada", payee: "bob", arbiter: "eve", amount: 40n, until: 99 }),
 *   own({ _tag: "Fund", id: "big", at: 1, payer: "ada", payee: "bob", arbiter: "eve", amount: 40n, until: 99 }),
 *   own({ _tag: "Release", id: "job", at: 2, by: "ada", amount: 40n })
 * ])
 * Ledger.balance(state.ledger, "bob") // => 40n
 * refused.map(({ refusal }) => refusal._tag) // => ["Insufficient"]
 * ```
 *
 * @since 0.1.0
 */
import { Result } from "effect"
import * as Accounts from "./Accounts.ts"
import * as Ledger from "./Ledger.ts"
import type { Machine } from "./Machine.ts"
import { handle } from "./Machine.ts"

/** Both states. */
export interface State<Own> {
  readonly own: Own
  readonly ledger: Ledger.State
}

/** One side's command or event. */
export type Command<Own> =
  | { readonly _tag: "Own"; readonly command: Own }
  | { readonly _tag: "Ledger"; readonly command: Ledger.Command }
export type Event<Own> =
  | { readonly _tag: "Own"; readonly event: Own }
  | { readonly _tag: "Ledger"; readonly event: Ledger.Event }

/** What an event asks of the ledger, given the state before it. The ids of the commands have to be new ones. */
export type Movements<S, E> = (before: S, event: E) => ReadonlyArray<Ledger.Command>

/** Puts a machine on a ledger. */
export const make = <S, C, E, R>(
  machine: Machine<S, C, E, R>,
  movements: Movements<S, E>,
  ledger: Ledger.Books
): Machine<State<S>, Command<C>, Event<E>, R | Ledger.Refused> => {
  const own = (state: State<S>, command: C): Result.Result<ReadonlyArray<Event<E>>, R | Ledger.Refused> => {
    const reserved = Accounts.reservedIn(command)
    if (reserved !== undefined) return Result.fail(reserved)
    const decided = machine.decide(state.own, command)
    if (Result.isFailure(decided)) return Result.fail(decided.failure)
    let next = state
    const events: Array<Event<E>> = []
    for (const event of decided.success) {
      for (const movement of movements(next.own, event)) {
        const moved = handle(ledger.movements, next.ledger, movement)
        if (Result.isFailure(moved)) return Result.fail(moved.failure)
        // The ledger answers a repeated command with nothing, and nothing is not what the event asks for.
        if (moved.success.events.length === 0)
          return Result.fail(new Ledger.IdReused({ path: ["id"], id: movement.id }))
        next = { ...next, ledger: moved.success.state }
        for (const each of moved.success.events) events.push({ _tag: "Ledger", event: each })
      }
      next = { ...next, own: machine.evolve(next.own, event) }
      events.push({ _tag: "Own", event })
    }
    return Result.succeed(events)
  }
  return {
    initial: { own: machine.initial, ledger: ledger.initial },
    decide: (state, command) =>
      command._tag === "Own"
        ? own(state, command.command)
        : Result.map(ledger.decide(state.ledger, command.command), (events) =>
            events.map((event) => ({ _tag: "Ledger", event }) as const)
          ),
    evolve: (state, event) =>
      event._tag === "Own"
        ? { ...state, own: machine.evolve(state.own, event.event) }
        : { ...state, ledger: ledger.evolve(state.ledger, event.event) }
  }
}
