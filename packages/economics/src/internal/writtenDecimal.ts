/** Numbers as people meant them: the decimal that a double is written as, not the binary fraction that it holds. */
import * as Amount from "../input/Amount.ts"

/** Exactly the text, or exactly the shortest decimal that is read as this double: 0.1 is one tenth. */
export const fromWritten = (given: Amount.Given): Amount.Rational => {
  if (typeof given === "string") return Amount.toRational(given)
  const [digits = "0", exponent = "0"] = String(given).split("e")
  const power = Amount.rationals.fromNumber(10).pow(Number(exponent))
  // Only a power with a broken exponent can be irrational.
  if (power === null) throw new Error(`10^${exponent} is no fraction`)
  return Amount.rationals.multiply(Amount.toRational(digits), power)
}
