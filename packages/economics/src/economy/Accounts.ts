/**
 * Accounts that belong to machines, such as the one that keeps the money of an escrow. Their names begin with `mark`, and no
 * name that comes from outside does.
 *
 * **Guarantees** No command from outside reaches such an account, whatever anybody is called: a `Ledger` refuses commands
 * that name one, a machine on a ledger (`Backed`) refuses its own, sessions refuse participants of such a name. So nobody
 * pays with, is paid into, opens or closes what a machine keeps, or takes the id of one of its movements.
 *
 * **Does not guarantee** Who stands behind a name: whoever hands a command on has judged that. Two machines of one kind on
 * one ledger have to differ in their ids, as their accounts do.
 *
 * **Example**
 *
 * ```ts
 * import { Accounts, Escrow, Ledger, Machine } from "@mabeam/economics"
 *
 * Escrow.accountOf("job") // => "mabeam:escrow/job"
 * Accounts.isReserved("escrow/job") // => false
 * const { refused } = Machine.run(Ledger.make(), [
 *   { _tag: "Open", id: "1", at: 0, account: "eve", overdraft: 0n },
 *   { _tag: "Transfer", id: "2", at: 1, legs: [{ from: Escrow.accountOf("job"), to: "eve", amount: 40n }] }
 * ])
 * refused.map(({ refusal }) => refusal.message)
 * // => ["legs[0].from: \"mabeam:escrow/job\" begins with \"mabeam:\", as only names of machines' own accounts do"]
 * ```
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { quoted, show, type Place } from "../input/Refusal.ts"
import * as Names from "../internal/name.ts"

/** What the names of machines' own accounts begin with, and no other name. */
export const mark = Names.mark

/** Whether a name is one that only a machine's own account can have. */
export const isReserved: (name: string) => boolean = Names.isReserved

/** The own account of a machine, by the kind of machine (a word without a slash) and what tells its accounts apart. */
export const accountOf = (kind: string, id: string): string => `${mark}${kind}/${id}`

/** Where the turnover of an issuer stands; nobody has an account of this name. */
export const issuer = `${mark}issuer`

/** Longest name in a ledger: what machines write around an id of 255 characters has room, too. */
const reservedLengthMax = 320

/** A name in a ledger, of an account or of a movement: of 1 to 255 characters, or a machine's own. */
export const Name = Schema.String.check(
  Schema.makeFilter((name) => (isReserved(name) ? name.length <= reservedLengthMax : Names.isName(name)), {
    expected: `a name of 1 to 255 characters, or up to ${reservedLengthMax} of a machine's own account`
  })
)

/** A name is used that only a machine's own account can have. */
export class ReservedName extends Schema.TaggedError<ReservedName>("@mabeam/economics/Accounts/ReservedName")(
  "ReservedName",
  { path: Schema.Array(Schema.Union([Schema.String, Schema.Int])), name: Schema.String }
) {
  override get message() {
    return `${show(this.path)}: ${quoted(this.name)} begins with ${quoted(mark)}, as only names of machines' own accounts do`
  }
}

/** The first reserved name in a command from outside, which is plain data, as a refusal with its place. */
export const reservedIn = (command: unknown): ReservedName | undefined => {
  const found = find(command)
  return found && new ReservedName({ path: found.path, name: found.name })
}

interface Found {
  readonly path: Place
  readonly name: string
}

const find = (value: unknown): Found | undefined => {
  if (typeof value === "string") return isReserved(value) ? { path: [], name: value } : undefined
  if (typeof value !== "object" || value === null) return undefined
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const found = find(value[index])
      if (found !== undefined) return { path: [index, ...found.path], name: found.name }
    }
    return undefined
  }
  // As an object of strings to anything: it is plain data.
  const record = value as { readonly [key: string]: unknown }
  for (const key in record) {
    const found = find(record[key])
    if (found !== undefined) return { path: [key, ...found.path], name: found.name }
  }
  return undefined
}
