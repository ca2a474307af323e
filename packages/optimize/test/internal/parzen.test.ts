import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Schema } from "effect"
import * as Parzen from "../../src/internal/parzen.ts"
import * as Random from "../../src/internal/random.ts"
import * as Domain from "../../src/space/Domain.ts"

const runs = campaign(200, 3_000)
const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))

const line = Domain.axis({ type: "float", low: 0, high: 1, log: false, step: undefined })
const cellsOf = (cells: number) => Domain.axis({ type: "int", low: 1, high: cells, log: false, step: 1 })
const logInts = Domain.axis({ type: "int", low: 1, high: 20, log: true, step: 1 })
const three = Domain.axis({ type: "categorical", choices: ["a", "b", "c"] })
const weighted = Domain.axis({ type: "categorical", choices: ["a", "b", "c"] }, { weights: [6, 3, 1] })

const closeness = (mixture: Parzen.Mixture, ...point: ReadonlyArray<number>) =>
  Parzen.closeness(mixture, Float64Array.from(point), Parzen.room(mixture.size))

/** The mean over the axis of the closeness, the other places held, by Simpson's rule on 2,048 pieces or by cells. */
const mean = (axis: Domain.Axis, at: (place: number) => number): number => {
  let sum = 0
  if (axis.cells > 0) {
    for (let cell = 0; cell < axis.cells; cell++) {
      const value = axis.fromUnit(axis.middle(cell))
      sum += (axis.ordered ? axis.upper(value) - axis.lower(value) : 1) * at(axis.middle(cell))
    }
    return sum
  }
  const n = 2_048
  for (let i = 0; i < n; i++) sum += (at(i / n) + 4 * at((i + 0.5) / n) + at((i + 1) / n)) / (6 * n)
  return sum
}

const mixtures = Arbitrary.map(
  Arbitrary.schema(
    Schema.Struct({
      kernels: Schema.Array(
        Schema.Struct({ places: Schema.Tuple([between(0, 0.999), between(0, 0.999)]), weight: between(0.01, 1) })
      ).check(Schema.isMaxLength(30)),
      priorWeight: between(0.1, 10),
      axis: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })),
      seed: Schema.Int
    })
  ),
  ({ axis: choice, kernels, priorWeight, seed }) => {
    const axis = [line, cellsOf(3), cellsOf(40), logInts, three, weighted][choice]!
    const snap = (place: number) => (axis.cells === 0 ? place : axis.middle(axis.cellAt(place)))
    const places = [
      Float64Array.from(kernels, (it) => snap(it.places[0])),
      Float64Array.from(kernels, (it) => it.places[1])
    ]
    const weights = Float64Array.from(kernels, ({ weight }) => weight)
    return {
      seed,
      axis,
      alone: Parzen.mixture([axis], places.slice(0, 1), weights, priorWeight),
      pair: Parzen.mixture([axis, line], places, weights, priorWeight)
    }
  }
)

/** What the mean of a mixture must be: each kernel's weight times its width, which is what a density would have divided by. */
const massOf = ({ cumulative, profiles, size }: Parzen.Mixture): number => {
  let sum = 0
  for (let i = 0; i < size; i++) {
    const weight = cumulative[i]! - (i > 0 ? cumulative[i - 1]! : 0)
    sum += profiles.reduce(
      (product, { axis, widths }) => product * (axis.ordered ? Math.sqrt(2 * Math.PI) * widths[i]! : 1),
      weight
    )
  }
  return sum
}

describe("parzen", () => {
  it("reaches to the farther neighbour, within limits; the bounds are no neighbours", () => {
    const places = Float64Array.of(0.3, 0.9, 0.35, 0.6, 0.62, 0.64, 0.35)
    const { profiles } = Parzen.mixture([line], [places], new Float64Array(7).fill(1), 1)
    // The prior stands at 0.5, the narrowest width is 1 / 9; of two in one place both see the next on either side.
    const expected = [1 / 9, 0.26, 0.15, 1 / 9, 1 / 9, 0.26, 0.15, 1]
    for (const [i, width] of expected.entries()) assert.closeTo(profiles[0]!.widths[i]!, width, 1e-15)
  })

  /** Up to 300 places, more of them where they are crowded. */
  const crowds = Arbitrary.map(
    Arbitrary.schema(
      Schema.Struct({ size: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 300 })), seed: Schema.Int })
    ),
    ({ seed, size }) => {
      const random = Random.stream(seed)
      return Array.from({ length: size }, () => Random.uniform(random) ** (1 + (Math.abs(seed) % 5)))
    }
  )

  law("has the widths that sorting finds", runs, crowds, (list) => {
    const places = Float64Array.from(list)
    const { widths } = Parzen.mixture([line], [places], new Float64Array(places.length).fill(1), 1).profiles[0]!
    const narrowest = Math.max(0.01, 1 / (places.length + 2))
    return list.every((place, i) => {
      const others = [...list, 0.5].filter((other) => other !== place)
      const below = others.filter((other) => other < place).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
      const above = others.filter((other) => other > place).reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
      const gaps = [place - below, above - place].filter(Number.isFinite)
      return widths[i] === gaps.reduce((a, b) => Math.max(a, b), narrowest)
    })
  })

  it("is never narrower than half a cell", () => {
    const places = new Float64Array(200).fill(0.5)
    const { widths } = Parzen.mixture([cellsOf(5)], [places], new Float64Array(200).fill(1), 1).profiles[0]!
    assert.strictEqual(widths[0], 0.1)
  })

  it("is the truncated standard normal around the middle when nothing is known, up to its height", () => {
    const prior = Parzen.mixture([line], [new Float64Array(0)], new Float64Array(0), 1)
    const height = Math.sqrt(2 * Math.PI)
    assert.closeTo(closeness(prior, 0.5), 1.041828977196953 * height, 1e-12)
    assert.closeTo(closeness(prior, 0), 0.9194108453991882 * height, 1e-12)
    // Φ(1/2) and Φ(1/6), as tables have them.
    const [half, sixth] = [0.6914624612740131, 0.5661838326109037]
    const thirds = Parzen.mixture([cellsOf(3)], [new Float64Array(0)], new Float64Array(0), 1)
    assert.closeTo(closeness(thirds, 1 / 6) / 3 / height, (half - sixth) / (2 * half - 1), 1e-12)
  })

  law(
    "has on average the closeness that its widths say: kernels are whole, over lines, cells and pairs",
    runs,
    mixtures,
    (given) => {
      const { alone, axis, pair } = given
      const one = mean(axis, (place) => closeness(alone, place))
      const two = mean(cellsOf(64), (other) =>
        mean(axis.cells === 0 ? cellsOf(64) : axis, (place) => closeness(pair, place, other))
      )
      // Cells of a quarter of a width or less count as points: the midpoint rule's error. Sixty-four of them are coarse for 1 / 32.
      return Math.abs(one / massOf(alone) - 1) < 5e-3 && Math.abs(two / massOf(pair) - 1) < 2e-2
    }
  )

  it("draws a choice as often as the smoothed kernel and the prior say", () => {
    const mixture = Parzen.mixture([three], [Float64Array.of(three.middle(0))], Float64Array.of(1), 1)
    const random = Random.stream(3)
    const seen = new Float64Array(3)
    for (let i = 0; i < 8_000; i++) seen[three.cellAt(Parzen.draw(mixture, random)[0]!)]! += 1
    // The kernel gives (1 + 1.5 / 3) / 2.5 and the prior 1 / 3, half of the draws each.
    for (const [cell, chance] of [0.3 + 1 / 6, 0.1 + 1 / 6, 0.1 + 1 / 6].entries()) {
      assert.closeTo(seen[cell]! / 8_000, chance, 0.028)
      assert.closeTo(closeness(mixture, three.middle(cell)), chance, 1e-12)
    }
  })

  law(
    "draws places as often as its kernels say, also along each axis of a pair",
    campaign(40, 600),
    mixtures,
    ({ alone, axis, pair, seed }) => {
      const random = Random.stream(seed)
      const n = 1_000
      // The chance of the lower half, from the kernels by the normal distribution itself.
      const chance = ({ cumulative, profiles, size }: Parzen.Mixture, k: number): number => {
        const flat = { ...profiles[k]! }
        let sum = 0
        for (let i = 0; i < size; i++) {
          const weight = cumulative[i]! - (i > 0 ? cumulative[i - 1]! : 0)
          const only = { profiles: [flat], size: 1, scaled: Float64Array.of(1), cumulative: Float64Array.of(1) }
          const kernel = {
            ...only,
            profiles: [
              {
                ...flat,
                centres: flat.centres.slice(i, i + 1),
                widths: flat.widths.slice(i, i + 1),
                cells: flat.cells.slice(i, i + 1)
              }
            ]
          }
          const at = (place: number) =>
            flat.axis.ordered ? closeness(kernel, place) : cellChance(flat, i, size, place)
          const whole = mean(flat.axis, at)
          sum += (weight * mean(flat.axis, (place) => (place < 0.5 ? at(place) : 0))) / whole
        }
        return sum
      }
      const fits = (mixture: Parzen.Mixture, k: number) => {
        let low = 0
        for (let i = 0; i < n; i++) {
          const place = Parzen.draw(mixture, random)[k]!
          if (!(place >= 0 && place <= 1)) return false
          if (
            mixture.profiles[k]!.axis.cells > 0 &&
            mixture.profiles[k]!.axis.middle(mixture.profiles[k]!.axis.cellAt(place)) !== place
          )
            return false
          if (place < 0.5) low++
        }
        const expected = n * chance(mixture, k)
        // Six standard deviations and the coarseness of the sum.
        return Math.abs(low - expected) <= 6 * Math.sqrt(n / 4) + 4
      }
      return fits(alone, 0) && (axis.cells === 0 || fits(pair, 0)) && fits(pair, 1)
    }
  )
})

/** The chance of a cell for one kernel of an unordered axis, from the definition. */
const cellChance = (
  { axis, cells, smoothing }: Parzen.Mixture["profiles"][number],
  kernel: number,
  size: number,
  place: number
): number => {
  const value = axis.fromUnit(place)
  const prior = axis.upper(value) - axis.lower(value)
  if (kernel === size - 1) return prior
  return (smoothing * prior + (cells[kernel] === axis.cellAt(place) ? 1 : 0)) / (1 + smoothing)
}
