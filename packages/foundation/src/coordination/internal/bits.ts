/**
 * An immutable set of small natural numbers: words of 31, pages of 16 words. Adding copies a page and the list of pages,
 * 16 and 3 entries for a thousand members, 16 and 21 for ten thousand.
 */
export type Bits = ReadonlyArray<Page>
type Page = ReadonlyArray<number>

const wordBits = 31
const pageWords = 16
const pageBits = wordBits * pageWords
const fullWord = 2 ** wordBits - 1
const emptyPage: Page = Array.from({ length: pageWords }, () => 0)

export const none: Bits = []

const wordOf = (index: number) => ((index % pageBits) / wordBits) | 0
const maskOf = (index: number) => 1 << (index % wordBits)

export const has = (bits: Bits, index: number): boolean => {
  const page = bits[(index / pageBits) | 0]
  return page !== undefined && (page[wordOf(index)]! & maskOf(index)) !== 0
}

export const add = (bits: Bits, index: number): Bits => change(bits, index, (word) => word | maskOf(index))

export const remove = (bits: Bits, index: number): Bits => change(bits, index, (word) => word & ~maskOf(index))

/** The smallest number that is not in the set. */
export const firstFree = (bits: Bits): number => {
  const at = bits.findIndex((page) => page.some((word) => word !== fullWord))
  if (at === -1) return bits.length * pageBits
  const word = bits[at]!.findIndex((each) => each !== fullWord)
  let bit = 0
  while ((bits[at]![word]! & (1 << bit)) !== 0) bit++
  return at * pageBits + word * wordBits + bit
}

const change = (bits: Bits, index: number, f: (word: number) => number): Bits => {
  const pages = bits.slice()
  const at = (index / pageBits) | 0
  while (pages.length <= at) pages.push(emptyPage)
  const page = pages[at]!.slice()
  page[wordOf(index)] = f(page[wordOf(index)]!)
  pages[at] = page
  return pages
}
