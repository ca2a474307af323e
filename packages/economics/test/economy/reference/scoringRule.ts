/**
 * The cost function of the logarithmic market scoring rule in fixed point with 80 bits behind the point, by series: no
 * floating point anywhere.
 */
const one = 1n << 80n

/** e^-x for x = numerator / denominator, not negative. */
const expMinus = (numerator: bigint, denominator: bigint): bigint => {
  // e^-x = (e^-(x / 2^k))^(2^k), with the argument of the series below 1.
  let k = 0n
  while (numerator > denominator << k) k++
  if (k > 12n) return 0n
  const guard = 64n
  const unit = one << guard
  const x = ((numerator << (80n + guard)) / denominator) >> k
  let term = unit
  let sum = unit
  for (let i = 1n; term !== 0n; i++) {
    term = (-term * x) / (unit * i)
    sum += term
  }
  for (let i = 0n; i < k; i++) sum = (sum * sum) / unit
  return sum >> guard
}

/** ln(x) for x in fixed point, x >= 1, by halving and the series of artanh. */
const ln = (x: bigint): bigint => {
  const artanh2 = (a: bigint, b: bigint): bigint => {
    const z = (a << 80n) / b
    let term = z
    let sum = 0n
    for (let i = 1n; term !== 0n; i += 2n) {
      sum += term / i
      term = (((term * z) >> 80n) * z) >> 80n
    }
    return 2n * sum
  }
  let halvings = 0n
  while (x >= 2n * one) {
    x /= 2n
    halvings++
  }
  return artanh2(x - one, x + one) + halvings * artanh2(1n, 3n)
}

/** Of b·ln Σ exp(q/b) − b·ln n: the value in fixed point with 80 bits behind the point, right to far below 2^-30. */
export const realCost = (quantities: ReadonlyArray<bigint>, b: number): bigint => {
  const most = quantities.reduce((a, c) => (a > c ? a : c))
  const width = BigInt(b)
  const sum = quantities.reduce((total, quantity) => total + expMinus(most - quantity, width), 0n)
  return (most << 80n) + width * (ln(sum) - ln(BigInt(quantities.length) << 80n))
}

/** Whether whole units are at least, and less than one unit and a little above, what is meant in fixed point. */
export const isRoundedUp = (units: bigint, fixed: bigint, slack: bigint): boolean => {
  const scaled = units << 80n
  return scaled >= fixed - slack && scaled < fixed + one + (one >> 6n)
}
