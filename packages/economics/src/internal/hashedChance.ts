/**
 * Chance by name instead of by turn: an even share in [0, 1) for whole numbers, the same on every machine (the finalizer of
 * MurmurHash3, Appleby 2011). Two runs that ask the same question get the same answer, whatever else they asked before.
 */
export const hashedChance = (...names: ReadonlyArray<number>): number => hashed(names) / 2 ** 32

/** A seed of 32 bits for a stream of its own. */
export const hashedSeed = (...names: ReadonlyArray<number>): number => hashed(names)

const hashed = (names: ReadonlyArray<number>): number => {
  let state = 0x9e3779b9
  for (const name of names) {
    state = Math.imul(state ^ name, 0x85ebca6b)
    state ^= state >>> 13
    state = Math.imul(state, 0xc2b2ae35)
    state ^= state >>> 16
    state = (state + 0x9e3779b9) | 0
  }
  state ^= state >>> 16
  state = Math.imul(state, 0x85ebca6b)
  state ^= state >>> 13
  state = Math.imul(state, 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> 0
}
