/**
 * Sums of doubles without accumulated rounding (Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997).
 *
 * **Guarantees** What was added is held exactly, as doubles that do not overlap; the sum is off by at most one unit in
 * the last place. Sums of integers below 2^53 take one addition each.
 *
 * **Does not guarantee** Sums beyond the largest double: they come out as infinite or `NaN`, for the caller to refuse.
 */
export class ExactSum {
  private parts: Array<number> = [0]

  add(value: number): void {
    let carried = value
    let kept = 0
    const parts = this.parts
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] ?? 0
      const sum = carried + part
      const back = sum - carried
      const lost = carried - (sum - back) + (part - back)
      if (lost !== 0) parts[kept++] = lost
      carried = sum
    }
    parts[kept] = carried
    parts.length = kept + 1
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

  /** Smallest parts first, so that they are not lost one by one. */
  get value(): number {
    return this.parts.reduce((total, part) => total + part, 0)
  }
}

/** The upper 26 bits of the mantissa (Veltkamp's splitting). */
const upperHalf = (value: number): number => {
  const scaled = value * 134_217_729
  return scaled - (scaled - value)
}
