/**
 * How many generated cases a law is tried on.
 *
 * `CAMPAIGN=ci` runs the first number of the promise's row, `CAMPAIGN=nightly` the second, and a plain test run a tenth
 * of the first.
 *
 * @since 0.1.0
 */

/** Chooses the number of runs for this process; an unknown `CAMPAIGN` throws, so that a typing error is not a small run. */
export const campaign = (ci: number, nightly: number): number => {
  const name = process.env["CAMPAIGN"] ?? "test"
  switch (name) {
    case "test":
      return Math.max(1, Math.ceil(ci / 10))
    case "ci":
      return ci
    case "nightly":
      return nightly
    default:
      throw new Error(`CAMPAIGN is "${name}"; use "test", "ci" or "nightly"`)
  }
}
