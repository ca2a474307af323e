/** Common divisors, multiples and lengths of whole numbers that are not negative. */

/** The greatest number that divides both; of 0 and another one the other. */
export const greatestDivisor = (a: bigint, b: bigint): bigint => {
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}

/** The least number that both, which are positive, divide. */
export const leastMultiple = (a: bigint, b: bigint): bigint => (a / greatestDivisor(a, b)) * b

/** The length of a whole number in bits, to 4. */
export const bitsOf = (value: bigint): number => 4 * value.toString(16).length
