/**
 * Seeded chance for simulations: independent streams drawn from one seed, so that a new draw in one place does not shift
 * the draws of another.
 *
 * The generator is sfc32 of the PractRand suite; a stream starts from a hash of the seed and its name.
 */
import type { Random } from "effect"

export class Chance {
  private a: number
  private b: number
  private c: number
  private counter = 1

  constructor(seed: number, stream: string) {
    let hash = 0x811c9dc5
    const mix = (word: number): number => {
      hash = Math.imul(hash ^ word, 0x01000193)
      hash ^= hash >>> 15
      return hash | 0
    }
    for (let i = 0; i < stream.length; i++) mix(stream.charCodeAt(i))
    this.a = mix(seed | 0)
    this.b = mix(Math.floor(seed / 2 ** 32) | 0)
    this.c = mix(stream.length)
    for (let i = 0; i < 12; i++) this.next()
  }

  /** A uniform integer from 0 to 2^32 - 1. */
  next(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + t) | 0
    return t >>> 0
  }

  /** A uniform number from 0 to below 1. */
  fraction(): number {
    return this.next() / 2 ** 32
  }

  /** A uniform integer from 0 to below `n`. */
  below(n: number): number {
    return n <= 1 ? 0 : Math.floor(this.fraction() * n)
  }

  /** A uniform integer from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1)
  }

  /** Whether something of this probability happens; draws nothing where there is no choice. */
  happens(probability: number): boolean {
    return probability > 0 && (probability >= 1 || this.fraction() < probability)
  }

  pick<A>(items: ReadonlyArray<A>): A | undefined {
    return items[this.below(items.length)]
  }

  /** The `Random` service over this stream. */
  toRandom(): (typeof Random.Random)["Service"] {
    const double = () => ((this.next() >>> 5) * 2 ** 26 + (this.next() >>> 6)) / 2 ** 53
    return {
      nextDoubleUnsafe: double,
      nextIntUnsafe: () =>
        Math.floor(double() * (Number.MAX_SAFE_INTEGER - Number.MIN_SAFE_INTEGER + 1)) + Number.MIN_SAFE_INTEGER
    }
  }
}
