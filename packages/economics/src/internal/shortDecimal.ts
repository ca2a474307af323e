/**
 * Doubles that are short decimals: a whole number below 10^15 over a power of ten up to 10^15. Doubles tell decimals of up to
 * 15 digits apart, so such a number is that decimal and no other.
 */

/** The most digits, and the most of them behind the point. */
const placesMax = 15
const wholeMax = 1e15
const powers = Array.from({ length: placesMax + 1 }, (_, places) => Number(`1e${places}`))

/** 10^places, for up to 15 places. */
export const powerOf = (places: number): number => powers[places] ?? Number.NaN

/** The fewest digits behind the point, `least` at least, with which the value can be written; `undefined` if it is not short. */
export const placesOf = (value: number, least = 0): number | undefined => {
  for (let places = least; places <= placesMax; places++) {
    const power = powerOf(places)
    const whole = Math.round(value * power)
    if (Math.abs(whole) >= wholeMax) return undefined
    if (whole / power === value) return places
  }
  return undefined
}
