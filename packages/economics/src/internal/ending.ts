/** How sessions end, and what the sale of one item moves. */
import * as Settlement from "../session/Settlement.ts"

/** The step into a last state: what it holds is told to everybody. */
export const ended = <const Last extends { readonly _tag: string }>(
  last: Last
): readonly [next: Last, outputs: readonly [Last]] => [last, [last]]

/** The sale of one item: the decision, and what changes hands. Without a winner the item stays where it is. */
export const sale = (
  { item, seller }: { readonly item: string; readonly seller: string },
  winner: string | undefined,
  price: number,
  tie: boolean
) => ({
  decision: {
    sold: winner !== undefined,
    winner: winner ?? null,
    price: winner === undefined ? null : price,
    tie
  },
  transfers:
    winner === undefined
      ? []
      : Settlement.effective([
          Settlement.payment(winner, seller, price, `price of ${item}`),
          Settlement.delivery(seller, winner, item, 1)
        ])
})
