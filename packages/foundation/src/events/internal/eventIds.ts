/**
 * Event ids: version 7 UUIDs that grow within one store instance, also inside a millisecond and when the clock steps
 * back. Time and chance are handed in, so that one seed gives the same ids again.
 */

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0")

export interface EventIds {
  /** `next() ∈ [0, 1)` supplies the random bits. */
  readonly make: (nowMillis: number, next: () => number) => string
}

export const makeEventIds = (): EventIds => {
  let last = -1
  let counter = 0
  return {
    make(nowMillis, next) {
      const now = Math.max(0, Math.trunc(nowMillis))
      if (now > last) {
        last = now
        counter = 0
      } else if (++counter > 0xfff) {
        last += 1
        counter = 0
      }
      const time = hex(last, 12)
      const high = hex(0x8000 | Math.floor(next() * 0x4000), 4)
      const low = hex(Math.floor(next() * 0x1000000), 6) + hex(Math.floor(next() * 0x1000000), 6)
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(counter, 3)}-${high}-${low}`
    }
  }
}
