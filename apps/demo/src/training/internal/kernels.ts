/**
 * The two loops in which a training spends its time, on row-major matrices whose rows are padded to multiples of four.
 *
 * Four to eight independent products per step keep the processor's adders busy, and each loaded number is used several
 * times while it is in a register; both matter more here than the number of lines.
 *
 * @since 0.1.0
 */

/** The next multiple of four. */
export const pad = (n: number): number => (n + 3) & ~3

/**
 * `out[b, u] = bias[u] + x[from[b] ..] · w[u * n ..]` for `rows` rows and `units` units (a multiple of four) of `n`
 * columns (a multiple of four). Two rows by four units at a time.
 */
export const affine = (
  x: Float64Array,
  from: Int32Array,
  rows: number,
  w: Float64Array,
  bias: Float64Array,
  n: number,
  units: number,
  out: Float64Array
): void => {
  let b = 0
  for (; b + 1 < rows; b += 2) {
    const p0 = from[b]!
    const q0 = from[b + 1]!
    for (let u = 0; u < units; u += 4) {
      let s00 = bias[u]!
      let s01 = bias[u + 1]!
      let s02 = bias[u + 2]!
      let s03 = bias[u + 3]!
      let s10 = s00
      let s11 = s01
      let s12 = s02
      let s13 = s03
      let i0 = u * n
      let i1 = i0 + n
      let i2 = i1 + n
      let i3 = i2 + n
      let p = p0
      let q = q0
      for (const end = p0 + n; p < end; p++, q++, i0++, i1++, i2++, i3++) {
        const xp = x[p]!
        const xq = x[q]!
        const w0 = w[i0]!
        const w1 = w[i1]!
        const w2 = w[i2]!
        const w3 = w[i3]!
        s00 += xp * w0
        s01 += xp * w1
        s02 += xp * w2
        s03 += xp * w3
        s10 += xq * w0
        s11 += xq * w1
        s12 += xq * w2
        s13 += xq * w3
      }
      const o = b * units + u
      out[o] = s00
      out[o + 1] = s01
      out[o + 2] = s02
      out[o + 3] = s03
      out[o + units] = s10
      out[o + units + 1] = s11
      out[o + units + 2] = s12
      out[o + units + 3] = s13
    }
  }
  if (b < rows) affineLast(x, from[b]!, w, bias, n, units, out, b * units)
}

/** The last row of an odd batch, for `affine`. Sums in the same order as the pairs do. */
const affineLast = (
  x: Float64Array,
  start: number,
  w: Float64Array,
  bias: Float64Array,
  n: number,
  units: number,
  out: Float64Array,
  o: number
): void => {
  for (let u = 0; u < units; u++) {
    let sum = bias[u]!
    for (let p = start, i = u * n, end = start + n; p < end; p++, i++) sum += x[p]! * w[i]!
    out[o + u] = sum
  }
}

/**
 * `v[at + i] += Σ coefficients[r] * x[from[r] + i]` over `count` rows, `i < n`. Pads the lists to a multiple of four with
 * zeros, so they need room for it.
 */
export const addRows = (
  v: Float64Array,
  at: number,
  n: number,
  x: Float64Array,
  coefficients: Float64Array,
  from: Int32Array,
  count: number
): void => {
  const padded = pad(count)
  for (let r = count; r < padded; r++) {
    coefficients[r] = 0
    from[r] = from[0]!
  }
  let r = 0
  for (; r + 7 < padded; r += 8) {
    const c0 = coefficients[r]!
    const c1 = coefficients[r + 1]!
    const c2 = coefficients[r + 2]!
    const c3 = coefficients[r + 3]!
    const c4 = coefficients[r + 4]!
    const c5 = coefficients[r + 5]!
    const c6 = coefficients[r + 6]!
    const c7 = coefficients[r + 7]!
    const f0 = from[r]!
    const f1 = from[r + 1]!
    const f2 = from[r + 2]!
    const f3 = from[r + 3]!
    const f4 = from[r + 4]!
    const f5 = from[r + 5]!
    const f6 = from[r + 6]!
    const f7 = from[r + 7]!
    for (let i = 0; i < n; i++) {
      v[at + i]! +=
        c0 * x[f0 + i]! +
        c1 * x[f1 + i]! +
        (c2 * x[f2 + i]! + c3 * x[f3 + i]!) +
        (c4 * x[f4 + i]! + c5 * x[f5 + i]! + (c6 * x[f6 + i]! + c7 * x[f7 + i]!))
    }
  }
  if (r < padded) {
    const c0 = coefficients[r]!
    const c1 = coefficients[r + 1]!
    const c2 = coefficients[r + 2]!
    const c3 = coefficients[r + 3]!
    const f0 = from[r]!
    const f1 = from[r + 1]!
    const f2 = from[r + 2]!
    const f3 = from[r + 3]!
    for (let i = 0; i < n; i++) {
      v[at + i]! += c0 * x[f0 + i]! + c1 * x[f1 + i]! + (c2 * x[f2 + i]! + c3 * x[f3 + i]!)
    }
  }
}
