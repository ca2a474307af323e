/**
 * Sums of doubles taken for the decimals that they are written as: 0.1 + 0.2 is 0.3.
 *
 * A number that is a whole number below 10^15 over a power of ten up to 10^15 is that decimal and no other, since decimals of
 * up to 15 digits are told apart by doubles. Such are added as whole numbers.
 *
 * **Guarantees** `value` is exact, for amounts of up to 15 digits and whole numbers of times; for others it is `undefined`.
 */
import { Fraction } from "fraction.js"
import type { Rational } from "../input/Amount.ts"

const placesMax = 15
const digits = 1e15
const powers = Float64Array.from({ length: placesMax + 1 }, (_, places) => Number(`1e${places}`))

export class DecimalSum {
  /** Of tenths, hundredths and so on; what has grown large is moved to `large`. */
  private readonly sums = new Float64Array(placesMax + 1)
  private readonly large = new Map<number, bigint>()
  private places = 0
  private isDecimal = true

  /** Adds `amount · times`; `times` is an integer up to 2^53. */
  add(amount: number, times: number): void {
    if (!this.isDecimal) return
    for (let { places } = this; places <= placesMax; places++) {
      const power = powers[places] ?? 1
      const scaled = Math.round(amount * power)
      if (Math.abs(scaled) >= digits) break
      if (scaled / power !== amount) continue
      this.places = places
      this.addScaled(places, scaled, times)
      return
    }
    this.isDecimal = false
  }

  private addScaled(places: number, scaled: number, times: number): void {
    const product = scaled * times
    const sum = (this.sums[places] ?? 0) + product
    if (Number.isSafeInteger(sum) && Number.isSafeInteger(product)) {
      this.sums[places] = sum
      return
    }
    const moved = BigInt(this.sums[places] ?? 0) + BigInt(scaled) * BigInt(times)
    this.large.set(places, (this.large.get(places) ?? 0n) + moved)
    this.sums[places] = 0
  }

  get value(): Rational | undefined {
    if (!this.isDecimal) return undefined
    let total = new Fraction(0)
    for (let places = 0; places <= placesMax; places++) {
      const sum = BigInt(this.sums[places] ?? 0) + (this.large.get(places) ?? 0n)
      if (sum !== 0n) total = total.add(new Fraction(sum, 10n ** BigInt(places)))
    }
    return total
  }
}
