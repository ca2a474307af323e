/**
 * An immutable set of small natural numbers, 31 to a word. Adding copies the words: 33 for a thousand members, which
 * costs less than one step into a hash trie.
 */
export type Bits = ReadonlyArray<number>

const width = 31

export const none: Bits = []

export const has = (bits: Bits, index: number): boolean =>
  ((bits[Math.floor(index / width)] ?? 0) & (1 << (index % width))) !== 0

export const add = (bits: Bits, index: number): Bits => {
  const words = bits.slice()
  const at = Math.floor(index / width)
  while (words.length <= at) words.push(0)
  words[at]! |= 1 << (index % width)
  return words
}

export const remove = (bits: Bits, index: number): Bits => {
  const words = bits.slice()
  const at = Math.floor(index / width)
  if (at < words.length) words[at]! &= ~(1 << (index % width))
  return words
}

/** The smallest number that is not in the set. */
export const firstFree = (bits: Bits): number => {
  const full = 2 ** width - 1
  const at = bits.findIndex((word) => word !== full)
  if (at === -1) return bits.length * width
  let bit = 0
  while ((bits[at]! & (1 << bit)) !== 0) bit++
  return at * width + bit
}
