import { assert, describe, it } from "@effect/vitest"
import * as Normal from "../../src/internal/normal.ts"

/** Values to 16 digits by an independent implementation (Cephes, through SciPy). */
const ERFC: ReadonlyArray<readonly [number, number]> = [
  [-3.0, 1.9999779095030015],
  [-0.5, 1.5204998778130465],
  [0.1, 0.8875370839817152],
  [0.46, 0.5153446099983203],
  [0.47, 0.5062549491139179],
  [1.0, 0.15729920705028516],
  [2.0, 0.004677734981047266],
  [4.0, 1.541725790028002e-8],
  [5.0, 1.5374597944280347e-12],
  [20.0, 5.395865611607901e-176]
]
const DISTRIBUTION: ReadonlyArray<readonly [number, number]> = [
  [-30.0, 4.906713927147908e-198],
  [-8.0, 6.22096057427174e-16],
  [-3.0, 0.0013498980316300933],
  [-1.0, 0.15865525393145707],
  [-0.1, 0.460172162722971],
  [0.0, 0.5],
  [1.0, 0.8413447460685429],
  [3.0, 0.9986501019683699],
  [6.0, 0.9999999990134123]
]
const QUANTILE: ReadonlyArray<readonly [number, number]> = [
  [1e-300, -37.0470962993612],
  [1e-20, -9.262340089798409],
  [1e-10, -6.361340902404056],
  [0.001, -3.090232306167813],
  [0.02, -2.053748910631823],
  [0.07, -1.4757910281791706],
  [0.08, -1.4050715603096329],
  [0.3, -0.5244005127080409],
  [0.6, 0.2533471031357997],
  [0.93, 1.475791028179171],
  [0.99, 2.3263478740408408]
]

const near = (value: number, reference: number, tolerance: number) =>
  assert.isAtMost(Math.abs(value - reference), tolerance * Math.abs(reference), `${value} against ${reference}`)

describe("normal", () => {
  it("has the reference values of erfc", () => {
    for (const [x, value] of ERFC) near(Normal.erfc(x), value, 1e-14)
  })

  it("has the reference values of the distribution, deep tail included", () => {
    for (const [z, value] of DISTRIBUTION) near(Normal.distribution(z), value, 1e-13)
  })

  it("has the reference values of the quantile, and turns it back", () => {
    for (const [p, value] of QUANTILE) {
      near(Normal.quantile(p), value, 1e-14)
      near(Normal.distribution(Normal.quantile(p)), p, 1e-12)
    }
    assert.strictEqual(Normal.quantile(0), Number.NEGATIVE_INFINITY)
    assert.strictEqual(Normal.quantile(1), Number.POSITIVE_INFINITY)
    assert.strictEqual(Normal.quantile(0.5), 0)
  })

  /** Continued fractions in 80 decimal digits. */
  it("has the reference values of erfcx and of the logarithms, where erfc underflows too", () => {
    const erfcx = [
      [1, 0.427583576155807],
      [2, 0.25539567631050575],
      [5, 0.1107046377330686],
      [30, 0.018795888861416751]
    ] as const
    for (const [x, value] of erfcx) near(Normal.erfcx(x), value, 1e-14)
    const logErfc = [
      [1, -1.8496055099332482],
      [10, -102.87988902484489],
      [30, -903.9741171106439],
      [1000, -1000007.4801207219]
    ] as const
    for (const [x, value] of logErfc) near(Normal.logErfc(x), value, 1e-14)
    near(Normal.logErfc(-3), Math.log(1.9999779095030015), 1e-14)
  })

  it("has the reference values of the logarithm of the expected improvement, far below as well", () => {
    const improvement = [
      [-1.5, -3.52993592080571],
      [-3, -7.869686059603029],
      [-10, -55.55312203612235],
      [-49.5, -1233.8491064929735],
      [-50.5, -1283.889059950725],
      [-200, -20011.515648259738],
      [-1e5, -5000000023.94479]
    ] as const
    for (const [z, value] of improvement) near(Normal.logImprovement(z), value, 1e-12)
    near(Normal.logImprovement(0), Math.log(0.3989422804014327), 1e-15)
    assert.isTrue(Number.isFinite(Normal.logImprovement(-1e150)))
  })

  it("ends where doubles end, and keeps its digits next to zero", () => {
    const infinite = Number.POSITIVE_INFINITY
    assert.deepStrictEqual([Normal.erfc(infinite), Normal.erfc(-infinite), Normal.erfc(28.5)], [0, 2, 0])
    assert.deepStrictEqual([Normal.distribution(-infinite), Normal.distribution(infinite)], [0, 1])
    near(Normal.logErfc(5e-17), -5.641895835477564e-17, 1e-15)
    near(Normal.logErfc(-0.2), 0.2010636457829063, 1e-15)
  })

  /** Mills' ratio by its continued fraction in 80 decimal digits. */
  it("has the reference values of the slope of that logarithm", () => {
    const slopes = [
      [-2, 2.679416883955586],
      [-5, 5.361816241288088],
      [-11.9, 12.06467144266286],
      [-12.1, 12.262054268400982],
      [-20, 20.099262811101283],
      [-49, 49.040765475450364],
      [-50, 50.03995213387265],
      [-54, 54.036999024251934],
      [-200, 200.00999925013122]
    ] as const
    for (const [z, value] of slopes) near(Normal.logImprovementSlope(z), value, 1e-13)
  })

  it("knows the slope of that logarithm", () => {
    for (const z of [2, 0.5, -0.99, -1.01, -4, -30, -49, -51, -400]) {
      const h = 1e-5 * Math.max(1, Math.abs(z))
      const slope = (Normal.logImprovement(z + h) - Normal.logImprovement(z - h)) / (2 * h)
      near(Normal.logImprovementSlope(z), slope, 1e-6)
    }
  })
})
