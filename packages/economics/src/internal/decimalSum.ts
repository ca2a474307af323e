/**
 * Sums of doubles taken for the decimals that they are written as: 0.1 + 0.2 is 0.3. They are added as whole numbers.
 *
 * **Guarantees** `value` is exact, for short decimals and whole numbers of times; for others it is `undefined`.
 */
import { Fraction } from "fraction.js"
import type { Rational } from "../input/Amount.ts"
import { placesOf, powerOf } from "./shortDecimal.ts"

export class DecimalSum {
  /** Of tenths, hundredths and so on; what has grown large is moved to `large`. */
  private readonly sums: Array<number> = []
  private readonly large = new Map<number, bigint>()
  private places = 0
  private isDecimal = true

  /** Adds `amount · times`; `times` is an integer up to 2^53. */
  add(amount: number, times: number): void {
    if (!this.isDecimal) return
    const places = placesOf(amount, this.places)
    if (places === undefined) {
      this.isDecimal = false
      return
    }
    this.places = places
    this.addScaled(places, Math.round(amount * powerOf(places)), times)
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
    for (let places = 0; places <= this.places; places++) {
      const sum = BigInt(this.sums[places] ?? 0) + (this.large.get(places) ?? 0n)
      if (sum !== 0n) total = total.add(new Fraction(sum, 10n ** BigInt(places)))
    }
    return total
  }
}
