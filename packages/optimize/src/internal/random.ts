/**
 * Seeded random numbers for inner loops: plain functions over a `Uint32Array`, no Effect.
 *
 * The generator is xoshiro128++ 1.0 (D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS
 * 47(4), 2021). A stream is *derived* from a path of numbers (seed, trial number, purpose …) rather than split off a
 * running generator: the words of the path go through the 32-bit finalizer of MurmurHash3 (A. Appleby) into the four
 * words of state. So the stream of trial 17 is the same whether or not trials 0–16 were drawn before it.
 *
 * **Guarantees** Equal paths give equal streams, on every platform. No global state.
 *
 * **Does not guarantee** Anything about cryptography. Streams of different paths are independent for practical purposes
 * (128 hashed bits), not provably disjoint.
 *
 * @since 0.1.0
 */

/** The four words of state; every draw changes them in place. */
export type Stream = Uint32Array

const GOLDEN = 0x9e3779b9

/** MurmurHash3's 32-bit finalizer: a bijection in which each input bit moves about half of the output bits. */
export const mix32 = (word: number): number => {
  let h = word | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Hashes a path of safe integers to 32 bits; both halves of each number count, and so does their order. */
export const hash32 = (salt: number, path: ReadonlyArray<number>): number => {
  let h = mix32(salt ^ GOLDEN)
  for (const step of path) {
    const low = step >>> 0
    const high = Math.floor((step - low) / 0x1_0000_0000) >>> 0
    h = mix32((Math.imul(h, 5) + low + GOLDEN) | 0)
    h = mix32((Math.imul(h, 5) + high + GOLDEN) | 0)
  }
  return h
}

/** The stream of a path. Its parts must be safe integers. */
export const stream = (...path: ReadonlyArray<number>): Stream => {
  const state = new Uint32Array(4)
  for (let i = 0; i < 4; i++) state[i] = hash32(i + 1, path)
  if ((state[0]! | state[1]! | state[2]! | state[3]!) === 0) state[0] = GOLDEN
  return state
}

/** 32 random bits. */
export const next32 = (s: Stream): number => {
  const s0 = s[0]!
  const s1 = s[1]!
  const sum = (s0 + s[3]!) | 0
  const result = (((sum << 7) | (sum >>> 25)) + s0) >>> 0
  s[2]! ^= s0
  s[3]! ^= s1
  s[1]! ^= s[2]!
  s[0]! ^= s[3]!
  s[2]! ^= s1 << 9
  const w = s[3]!
  s[3] = (w << 11) | (w >>> 21)
  return result
}

/** A double in [0, 1) with 53 random bits. */
export const uniform = (s: Stream): number => {
  const high = next32(s) >>> 5
  const low = next32(s) >>> 6
  return (high * 0x400_0000 + low) / 0x20_0000_0000_0000
}

/** An integer in [0, n), n at least 1 and at most 2^53. */
export const below = (s: Stream, n: number): number => Math.floor(uniform(s) * n)
