/**
 * Sums of doubles in threefold precision (Ogita, Rump and Oishi, "Accurate Sum and Dot Product", 2005).
 *
 * **Guarantees** What one addition rounds off is added up as well, and what that rounds off, too: the result is as good as if
 * it were reckoned with 159 bits and rounded once. Sums of integers below 2^53 are exact.
 *
 * **Does not guarantee** Sums beyond the largest double: they come out as infinite or `NaN`, for the caller to refuse.
 */
export class ExactSum {
  private sum = 0
  private lost = 0
  private rest = 0

  add(value: number): void {
    const sum = this.sum + value
    const lost = remainder(this.sum, value, sum)
    this.sum = sum
    if (lost === 0) return
    const sumOfLost = this.lost + lost
    this.rest += remainder(this.lost, lost, sumOfLost)
    this.lost = sumOfLost
  }

  /** Adds `a · b` as two doubles that are together the exact product (Dekker 1971); for factors up to 1e290. */
  addProduct(a: number, b: number): void {
    const product = a * b
    const aHigh = upperHalf(a)
    const bHigh = upperHalf(b)
    const aLow = a - aHigh
    const bLow = b - bHigh
    const lost = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
    this.add(product)
    if (lost !== 0) this.add(lost)
  }

  get value(): number {
    return this.sum + (this.lost + this.rest)
  }
}

/** What is rounded off in `sum`, the double nearest to `a + b` (Knuth). */
const remainder = (a: number, b: number, sum: number): number => {
  const part = sum - a
  return a - (sum - part) + (b - part)
}

/** The upper 26 bits of the mantissa (Veltkamp's splitting). */
const upperHalf = (value: number): number => {
  const scaled = value * 134_217_729
  return scaled - (scaled - value)
}
