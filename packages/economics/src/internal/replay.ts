/**
 * A session's receipt as a calculator: its inputs are the terms and what was accepted, in order; they are run through the
 * protocol again, and whatever the protocol would refuse or has not ended is a refusal with its place.
 */
import { Result, Schema } from "effect"
import type { Calculator, Json, JsonObject } from "../calculator/Calculator.ts"
import { InvalidFormat, decode } from "../input/Refusal.ts"
import type { Open } from "../receipt/SealedReceipt.ts"

/** Outputs that matter to a replay. */
interface Told {
  readonly _tag: string
  readonly because?: string
  readonly receipt?: Open
}

/** A protocol that can be run again. */
export interface Replayable<Terms extends Json, Entry extends Json, State> {
  readonly name: string
  readonly version: number
  readonly tieBreak: string
  readonly terms: Schema.Codec<Terms, Json>
  readonly entry: Schema.Codec<Entry, Json>
  readonly announce: (terms: Terms) => readonly [State, ReadonlyArray<Told>]
  readonly step: (state: State, entry: Entry) => readonly [State, ReadonlyArray<Told>]
}

/** The calculator of a protocol. */
export const calculatorOf = <Terms extends Json, Entry extends Json, State>(
  protocol: Replayable<Terms, Entry, State>
): Calculator => {
  const document = decode(Schema.Struct({ terms: protocol.terms, accepted: Schema.Array(protocol.entry) }))
  return {
    name: protocol.name,
    version: protocol.version,
    solve: (input) =>
      Result.flatMap(document(input), ({ accepted, terms }) => {
        let [state, told] = protocol.announce(terms)
        let decision: JsonObject | undefined
        for (let index = -1; ;) {
          const path = index < 0 ? ["terms"] : ["accepted", index]
          const refused = told.find((it) => it._tag === "Refused")
          if (refused !== undefined)
            return Result.fail(new InvalidFormat({ path, because: refused.because ?? "refused" }))
          decision ??= told.find((it) => it._tag === "Settled")?.receipt?.decision
          const entry = accepted[++index]
          if (entry === undefined) break
          ;[state, told] = protocol.step(state, entry)
        }
        return decision === undefined
          ? Result.fail(new InvalidFormat({ path: ["accepted"], because: "the session has not ended" }))
          : Result.succeed({ decision, tieBreak: protocol.tieBreak })
      })
  }
}
