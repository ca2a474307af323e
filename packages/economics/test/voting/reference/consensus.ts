/** When a group has decided, by definition: every vote on the table, no early decision, whole numbers. */

export type Said = "accept" | "reject" | "abstain" | "silent"

export interface Terms {
  readonly kind: "shares" | "simple" | "unanimous"
  readonly base: "participants" | "cast"
  readonly quorum: number
  readonly acceptAt: readonly [number, number]
  readonly rejectAt: readonly [number, number]
}

export const decide = (
  { acceptAt, base, kind, quorum, rejectAt }: Terms,
  said: ReadonlyArray<Said>,
  weights: ReadonlyArray<number> = said.map(() => 1)
): string => {
  const heads = (vote: Said) => said.filter((other) => other === vote).length
  const weight = (vote: Said) => said.reduce((sum, other, i) => sum + (other === vote ? weights[i]! : 0), 0)
  const silentHeads = heads("silent")
  if (said.length - silentHeads < quorum) return "insufficient-votes"
  if (kind === "unanimous") {
    const asked = base === "participants" ? said.length : said.length - silentHeads
    if (asked > 0 && heads("accept") === asked) return "accept"
    return heads("reject") > 0 ? "reject" : "no-clear-majority"
  }
  const total = weights.reduce((sum, each) => sum + each, 0)
  const of = base === "participants" ? total : total - weight("silent")
  if (of === 0) return "no-clear-majority"
  if (kind === "simple") {
    if (2 * weight("accept") > of) return "accept"
    return 2 * weight("reject") > of ? "reject" : "no-clear-majority"
  }
  if (weight("accept") * acceptAt[1] >= acceptAt[0] * of) return "accept"
  return weight("reject") * rejectAt[1] >= rejectAt[0] * of ? "reject" : "no-clear-majority"
}
