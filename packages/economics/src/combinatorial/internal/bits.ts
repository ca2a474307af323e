/**
 * Sets of small integers as bits in words of 32: many sets of the same width side by side in one array.
 */

/** `count` sets of the numbers below `width`. */
export interface Bits {
  readonly words: number
  readonly cells: Uint32Array
}

export const empty = (count: number, width: number): Bits => {
  const words = (width + 31) >> 5
  return { words, cells: new Uint32Array(count * words) }
}

export const has = ({ cells, words }: Bits, set: number, member: number): boolean =>
  (cells[set * words + (member >> 5)]! & (1 << (member & 31))) !== 0

export const add = ({ cells, words }: Bits, set: number, member: number): void => {
  cells[set * words + (member >> 5)]! |= 1 << (member & 31)
}

export const remove = ({ cells, words }: Bits, set: number, member: number): void => {
  cells[set * words + (member >> 5)]! &= ~(1 << (member & 31))
}

/** Whether all of `a`'s set `i` is in `b`'s set `j`. */
export const isSubset = (a: Bits, i: number, b: Bits, j: number): boolean => {
  for (let word = 0; word < a.words; word++) {
    if ((a.cells[i * a.words + word]! & ~b.cells[j * b.words + word]!) !== 0) return false
  }
  return true
}

/** Puts all of `source`'s set `j` into `target`'s set `i`. */
export const unite = (target: Bits, i: number, source: Bits, j: number): void => {
  for (let word = 0; word < target.words; word++) {
    target.cells[i * target.words + word]! |= source.cells[j * source.words + word]!
  }
}

/** Keeps in `target`'s set `i` only what is in `source`'s set `j`. */
export const intersect = (target: Bits, i: number, source: Bits, j: number): void => {
  for (let word = 0; word < target.words; word++) {
    target.cells[i * target.words + word]! &= source.cells[j * source.words + word]!
  }
}

/** The members of a set, ascending. */
export const members = ({ cells, words }: Bits, set: number): Array<number> => {
  const found: Array<number> = []
  for (let word = 0; word < words; word++) {
    for (let rest = cells[set * words + word]!; rest !== 0; rest &= rest - 1) {
      found.push(word * 32 + 31 - Math.clz32(rest & -rest))
    }
  }
  return found
}
