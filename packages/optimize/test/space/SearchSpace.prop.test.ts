import { assert, describe } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Result } from "effect"
import * as Random from "../../src/internal/random.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as SpaceJson from "../../src/space/SpaceJson.ts"
import { cases } from "../spaces.ts"

const runs = campaign(2_000, 50_000)

/** Points at the edges and corners of the cube, where rounding shows, and inside it. */
const pointsOf = (size: number, seed: number): ReadonlyArray<Float64Array> => {
  const random = Random.stream(seed, 77)
  const edge = [0, Number.MIN_VALUE, 0.5, 1 - Number.EPSILON / 2, 1]
  const corners = edge.map((u) => new Float64Array(size).fill(u))
  const inside = Array.from({ length: 10 }, () => Float64Array.from({ length: size }, () => Random.uniform(random)))
  return [...corners, ...inside]
}

describe("SearchSpace", () => {
  law("every point of the unit cube is a member of the space, exactly within bounds", runs, cases, ({ space, seed }) =>
    pointsOf(space.variables.length, seed).every((point) => {
      const params = SearchSpace.decode(space, point)
      for (const { name, domain } of space.variables) {
        const value = params[name]
        if (value !== undefined && (domain.type === "float" || domain.type === "int")) {
          assert(domain.low <= Number(value) && Number(value) <= domain.high, `${name} = ${value}`)
        }
      }
      return SearchSpace.contains(space, params)
    })
  )

  law("encode lands in [0, 1) and decode gives the parameters back", runs, cases, ({ space, seed }) =>
    pointsOf(space.variables.length, seed).every((point) => {
      const params = SearchSpace.decode(space, point)
      const place = SearchSpace.encodeUnsafe(space, params)
      const again = SearchSpace.decode(space, place)
      for (const [index, { name, axis, domain }] of space.variables.entries()) {
        const [was, is, u] = [params[name], again[name], place[index]!]
        if (was !== is) {
          // Rounding of a continuous value may turn a condition that compares with just this value.
          if (axis.cells > 0 || domain.type !== "float") return false
          const scale = domain.log ? Number(was) : Math.max(Math.abs(domain.low), Math.abs(domain.high))
          return Math.abs(Number(was) - Number(is)) <= 1e-12 * scale
        }
        if (was === undefined ? !Number.isNaN(u) : !(u >= 0 && u < 1)) return false
      }
      return true
    })
  )

  law(
    "a value and its cell agree: the place lies in the cell, the cells follow each other",
    runs,
    cases,
    ({ space, seed }) =>
      pointsOf(space.variables.length, seed).every((point) =>
        space.variables.every(({ axis }, index) => {
          const value = axis.fromUnit(point[index]!)
          const [from, to, place] = [axis.lower(value), axis.upper(value), axis.toUnit(value)]
          return from <= place && place <= to && from >= 0 && to <= 1 && (axis.cells === 0) === (from === to)
        })
      )
  )

  law("a variable is present exactly when its condition holds", runs, cases, ({ space, seed }) => {
    const params = SearchSpace.sample(space, { seed })
    const values = space.variables.map(({ name }) => params[name])
    return space.variables.every((variable, index) => variable.isActive(values) === (values[index] !== undefined))
  })

  law("the JSON of a space reads back as the same space", runs, cases, ({ space, seed }) => {
    const json: unknown = JSON.parse(JSON.stringify(SpaceJson.encode(space)))
    const again = Result.getOrThrow(SpaceJson.decode(json))
    assert.deepStrictEqual(SpaceJson.encode(again), json)
    assert.deepStrictEqual(SearchSpace.sample(again, { seed }), SearchSpace.sample(space, { seed }))
    return true
  })

  law("parameters with one name changed, added or removed are refused", runs, cases, ({ space, seed }) => {
    const params: Record<string, unknown> = { ...SearchSpace.sample(space, { seed }) }
    return Object.keys(params).every((name) => {
      const { [name]: _, ...without } = params
      return (
        !SearchSpace.contains(space, without) &&
        !SearchSpace.contains(space, { ...without, other: params[name] }) &&
        !SearchSpace.contains(space, { ...params, other: 1 }) &&
        !SearchSpace.contains(space, { ...params, [name]: Number.NaN }) &&
        !SearchSpace.contains(space, { ...params, [name]: {} })
      )
    })
  })
})
