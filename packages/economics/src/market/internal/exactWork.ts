/** How long the figures of an exact answer may be, all together: fractions grow with every agent and good. */
import { TooLarge } from "../../input/Refusal.ts"

/** Bits² of all figures; so many take some seconds. */
const workMax = 100_000_000_000

/** Refuses an answer of so many figures of so many bits. */
export const tooLong = (key: string, bits: number, figures: number): TooLarge | undefined => {
  const limit = Math.floor(Math.sqrt(workMax / figures))
  return bits > limit ? new TooLarge({ path: [key], size: bits, limit }) : undefined
}
