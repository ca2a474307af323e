/**
 * How sessions refuse: an input that is not in order leaves the state as it is, and its sender is told why.
 *
 * What sessions refuse alike is here: inputs before the announcement, and after the end.
 */
import type { Place } from "../input/Refusal.ts"

/** The answer to an input that changed nothing. `Whose` are the fields that say whose input it was, if it was anybody's. */
export type Refused<Reason extends string, Whose extends string = "bidder"> = {
  readonly [field in Whose]?: string
} & {
  readonly _tag: "Refused"
  readonly because: Reason
  /** Where terms or the like make no sense: what is wrong, and where in them. */
  readonly message?: string
  readonly path?: Place
}

/** A refusal as it is made: with its sender, if it has one, and details, if there are any. */
type Made<Reason extends string, Sender, Details> = { readonly _tag: "Refused"; readonly because: Reason } & (
  | Sender
  | object
) &
  (Details | object)

/** A refusal; `sender` says whose input it was, `details` what is wrong with it. */
export const refused = <const Reason extends string, Sender extends object, Details extends object>(
  because: Reason,
  sender?: Sender,
  details?: Details
): Made<Reason, Sender, Details> => ({ _tag: "Refused", ...sender, because, ...details })

/** A step that changes nothing. */
export const refuse = <State, const Reason extends string, Sender extends object, Details extends object>(
  state: State,
  because: Reason,
  sender?: Sender,
  details?: Details
): readonly [same: State, outputs: readonly [Made<Reason, Sender, Details>]] => [
  state,
  [refused(because, sender, details)]
]

/** Why a session takes no inputs: it has not been announced yet, or it has ended. */
export const whyNotOpen = ({ _tag }: { readonly _tag: string }): "not announced" | "closed" =>
  _tag === "Silent" ? "not announced" : "closed"

/** Whose input it was, if it was a bidder's. */
export const bidderOf = ({
  bidder
}: {
  readonly _tag: string
  readonly bidder?: string
}): { readonly bidder: string } | undefined => (bidder === undefined ? undefined : { bidder })

/** The end that an input's time has brought about: whoever sent it, if anybody, is told that it came too late. */
export const refuseAfter = <State, Output, Sender extends object>(
  [next, outputs]: readonly [next: State, outputs: ReadonlyArray<Output>],
  sender: Sender | undefined
): readonly [next: State, outputs: ReadonlyArray<Output | Made<"closed", Sender, object>>] =>
  sender === undefined ? [next, outputs] : [next, [...outputs, refused("closed", sender)]]
