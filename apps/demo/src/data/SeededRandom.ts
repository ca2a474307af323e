/**
 * A small seeded generator for the hot loops: shuffles, weight initialisation, drop-out masks.
 *
 * **Guarantees** The same seed gives the same numbers on every machine, bit for bit. Streams forked with different
 * labels are unrelated to each other and do not move their parent.
 *
 * **Does not guarantee** Secrecy: xoshiro128** is predictable from a few outputs.
 *
 * Source: D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021.
 *
 * @since 0.1.0
 */

/** A seeded stream of numbers. Calls mutate it. */
export interface SeededRandom {
  /** The next 32 bits, 0 to 4294967295. */
  readonly uint32: () => number
  /** Uniform in [0, 1). */
  readonly float: () => number
  /** Uniform integer in [0, bound); `bound` from 1 to 2^31. */
  readonly below: (bound: number) => number
  /** Normal with mean 0 and standard deviation 1. */
  readonly normal: () => number
  /** Puts the elements into a uniformly chosen order, in place. */
  readonly shuffle: (items: Int32Array) => void
  /** An independent stream named by `label`, the same for the same seed and label. */
  readonly fork: (label: string) => SeededRandom
}

/** Mixes a label into a 32-bit seed (FNV-1a over the code units, then a finaliser). */
const mix = (seed: number, label: string): number => {
  let hash = (seed ^ 0x811c9dc5) >>> 0
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193) >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0
  return (hash ^ (hash >>> 13)) >>> 0
}

/** One step of splitmix32: spreads a counter into a state word. */
const spread = (value: number): number => {
  let z = (value + 0x9e3779b9) | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}

/** A stream from a seed: any finite number; its integer part counts, both halves of 53 bits. */
export const make = (seed: number): SeededRandom => {
  const low = seed >>> 0
  const high = Math.floor(seed / 4294967296) >>> 0
  let a = spread(low)
  let b = spread(a ^ high)
  let c = spread(b + 1)
  let d = spread(c ^ low) | 1

  const uint32 = (): number => {
    const t = Math.imul(b, 5)
    const result = Math.imul((t << 7) | (t >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result
  }
  const float = (): number => uint32() / 4294967296

  const below = (bound: number): number => {
    // Rejection keeps every value equally likely.
    const limit = 4294967296 - (4294967296 % bound)
    for (;;) {
      const value = uint32()
      if (value < limit) return value % bound
    }
  }
  const normal = (): number => {
    // Box-Muller; 1 - u is in (0, 1], so the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - float()))
    return radius * Math.cos(2 * Math.PI * float())
  }
  const shuffle = (items: Int32Array): void => {
    for (let i = items.length - 1; i > 0; i--) {
      const j = below(i + 1)
      const held = items[i]!
      items[i] = items[j]!
      items[j] = held
    }
  }
  return { uint32, float, below, normal, shuffle, fork: (label) => make(mix(low ^ spread(high), label)) }
}
