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

/** A refusal as it is made; `About` holds what there is to say but for the reason. */
type Because<Reason extends string, About> =
  | { readonly _tag: "Refused"; readonly because: Reason }
  | ({ readonly _tag: "Refused"; readonly because: Reason } & About)

/** A refusal; `about` says whose input it was, or what is wrong with it. */
export const refused = <const Reason extends string, About extends object>(
  because: Reason,
  about?: About
): Because<Reason, About> => ({ _tag: "Refused", ...about, because })

/** A step that changes nothing. */
export const refuse = <State, const Reason extends string, About extends object>(
  state: State,
  because: Reason,
  about?: About
): readonly [same: State, outputs: readonly [Because<Reason, About>]] => [state, [refused(because, about)]]

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
export const refuseAfter = <State, Output, About extends object>(
  [next, outputs]: readonly [next: State, outputs: ReadonlyArray<Output>],
  about: About | undefined
): readonly [next: State, outputs: ReadonlyArray<Output | Because<"closed", About>>] =>
  about === undefined ? [next, outputs] : [next, [...outputs, refused("closed", about)]]
