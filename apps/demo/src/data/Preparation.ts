/**
 * From a table to what the trainer eats: three parts drawn by a seed, features on one scale.
 *
 * **Guarantees** The parts do not overlap and together are all rows. Each class gives 60 % of its rows to training and 20 % to
 * the test part, rounded, at least one each; the rest validates. The same table and seed give the same parts. The scale is computed from the
 * training part alone, so nothing about the other parts leaks into it. A column that is constant there becomes 0.
 *
 * **Does not guarantee** Values that look like the original: they are clipped to ±3 standard deviations, because a column that is
 * almost constant in the training part (the corner pixels of a digit) would otherwise shout in the few rows where it is not.
 *
 * @since 0.1.0
 */
import type { Dataset } from "./Dataset.ts"
import * as SeededRandom from "./SeededRandom.ts"

/** Row numbers of each part, ascending. */
export interface Parts {
  readonly train: Int32Array
  readonly validation: Int32Array
  readonly test: Int32Array
}

/** A table ready for training; its arrays stand in shared memory, so that sending it to a worker copies nothing. */
export interface Prepared extends Parts {
  /** Row `r` starts at `r * stride`; columns from `inputs` to `stride` are 0. */
  readonly x: Float64Array
  readonly y: Int32Array
  readonly inputs: number
  /** `inputs` rounded up to a multiple of four. */
  readonly stride: number
  readonly classes: number
}

/** Scaled values end here, in standard deviations. */
export const CLIP = 3

/** Draws the parts, stratified by class. Every class needs `Dataset.ROWS_PER_CLASS_MIN` rows. */
export const split = (y: Int32Array, classes: number, seed: number): Parts => {
  const random = SeededRandom.make(seed).fork("split")
  const rowsOf = Array.from({ length: classes }, (): Array<number> => [])
  y.forEach((label, row) => rowsOf[label]!.push(row))
  const train: Array<number> = []
  const validation: Array<number> = []
  const test: Array<number> = []
  for (const list of rowsOf) {
    const rows = Int32Array.from(list)
    random.shuffle(rows)
    const trains = Math.max(1, Math.round(rows.length * 0.6))
    const tests = Math.max(1, Math.round(rows.length * 0.2))
    train.push(...rows.subarray(0, trains))
    validation.push(...rows.subarray(trains, rows.length - tests))
    test.push(...rows.subarray(rows.length - tests))
  }
  return { train: shared(train), validation: shared(validation), test: shared(test) }
}

/** Splits the table and scales its features: zero mean, unit deviation over the training part, clipped to ±`CLIP`. */
export const prepare = (dataset: Dataset, seed: number): Prepared => {
  const inputs = dataset.features.length
  const classes = dataset.classes.length
  const parts = split(dataset.y, classes, seed)
  const { deviation, mean } = moments(dataset.x, inputs, parts.train)
  const stride = (inputs + 3) & ~3
  const x = new Float64Array(new SharedArrayBuffer(8 * dataset.rows * stride))
  for (let row = 0; row < dataset.rows; row++) {
    for (let column = 0; column < inputs; column++) {
      const spread = deviation[column]!
      if (spread === 0) continue
      const scaled = (dataset.x[row * inputs + column]! - mean[column]!) / spread
      x[row * stride + column] = Math.max(-CLIP, Math.min(CLIP, scaled))
    }
  }
  const y = new Int32Array(new SharedArrayBuffer(4 * dataset.rows))
  y.set(dataset.y)
  return { ...parts, x, y, inputs, stride, classes }
}

/** Mean and standard deviation of each column over some rows; the deviation of a constant column is 0. */
export const moments = (
  x: Float64Array,
  inputs: number,
  rows: Int32Array
): { readonly mean: Float64Array; readonly deviation: Float64Array } => {
  const mean = new Float64Array(inputs)
  const deviation = new Float64Array(inputs)
  for (let column = 0; column < inputs; column++) {
    // Welford's running moments: exact 0 for a constant column, and no overflow from squaring large values first.
    let centre = 0
    let squares = 0
    rows.forEach((row, index) => {
      const delta = x[row * inputs + column]! - centre
      centre += delta / (index + 1)
      squares += delta * (x[row * inputs + column]! - centre)
    })
    mean[column] = centre
    const spread = Math.sqrt(squares / rows.length)
    deviation[column] = Number.isFinite(spread) ? spread : 0
  }
  return { mean, deviation }
}

/** An ascending copy in shared memory. */
const shared = (rows: ReadonlyArray<number>): Int32Array => {
  const array = new Int32Array(new SharedArrayBuffer(4 * rows.length))
  array.set(rows)
  return array.sort()
}
