/** The markup of any study: no number that is none, nothing of the study's own markup, bounded. */
import { assert, describe, it } from "@effect/vitest"
import { campaign } from "@foundation/core/testing/law"
import { ParallelPlot, Random, SearchSpace, Study } from "@mabeam/optimize"
import { Result } from "effect"
import { packedOf } from "../../src/study/plot/brushing.ts"
import { standalone } from "../../src/study/plot/figure.ts"
import * as Figures from "../../src/study/plot/figures.ts"
import { importance, MANY, TREES } from "../../src/study/plot/importance.ts"
import { kindNames } from "../../src/study/plot/kinds.ts"
import { page } from "../../src/study/plot/page.ts"
import { script } from "../../src/study/plot/script.ts"
import { junk, studyBy } from "./studies.ts"

const given = (seed: number, trials: number): Figures.Given => {
  const { state } = studyBy(seed, trials)
  return {
    state,
    studies: junk.slice(0, 3).map((name) => ({ name, state })),
    objective: 0,
    variables: []
  }
}

/** Attributes with numbers in them, and what may stand in paths. */
const bad = /\b(?:x|y|x1|x2|y1|y2|cx|cy|r|width|height|d|points)="[^"]*(?:NaN|undefined|Infinity)/

const sound = (markup: string, seed: number): void => {
  assert.isNull(bad.exec(markup)?.[0] ?? null, `seed ${seed}`)
  assert.notMatch(markup, />\s*(?:NaN|undefined|Infinity|-Infinity|null)\s*</, `seed ${seed}`)
  assert.notMatch(markup, /<img|<!--|\[object/, `seed ${seed}`)
  for (const size of markup.matchAll(/\b(?:width|height|r)="(-[^"]*)"/g))
    assert.fail(`negative ${size[0]}, seed ${seed}`)
}

describe("the markup of studies", () => {
  it("has only numbers where numbers belong, and no markup of the study", () => {
    for (let seed = 0; seed < campaign(600, 10_000); seed++) {
      for (const trials of [0, 1, 2 + (seed % 60)]) {
        const wanted = given(seed, trials)
        const figures = Result.getOrThrowWith(Figures.all(wanted), (error) => error)
        const svg = standalone(figures)
        sound(svg, seed)
        assert.notMatch(svg, /<script/, `seed ${seed}`)
        const html = page(junk[seed % junk.length]!, figures, wanted)
        const parts = html.split(script)
        assert.strictEqual(parts.length, 2, "the script stands once")
        sound(parts[0]!, seed)
        // The page's own, and the data of parallel coordinates.
        assert(parts[0]!.split("<script").length <= 3, `a script of the study's, seed ${seed}`)
      }
    }
  }, 600_000)

  it("says of an empty study that there is nothing, in each figure", () => {
    const wanted = given(3, 0)
    for (const kind of kindNames) {
      const figure = Figures.figureOf(kind, wanted)
      if (Result.isSuccess(figure)) assert.match(standalone([figure.success]), /class="none"/, kind)
      else assert.strictEqual(kind, "pareto")
    }
  })

  it("stays small with many trials: no element for each of them", () => {
    for (const [seed, trials] of [
      [1, 6_000],
      [5, 6_000],
      [1, 300],
      [6, 1_000]
    ] as const) {
      const wanted = given(seed, trials)
      for (const kind of kindNames.filter((name) => name !== "importances")) {
        const figure = Figures.figureOf(kind, wanted)
        if (Result.isFailure(figure)) continue
        const svg = standalone([figure.success])
        assert(svg.length < 1_600_000, `${kind}: ${svg.length} characters, seed ${seed}, ${trials} trials`)
        assert(svg.split("<").length < 30_000, `${kind}: ${svg.split("<").length} elements, seed ${seed}`)
        sound(svg, seed)
      }
    }
  }, 120_000)

  it("says of how many trees importances are where these are fewer than usual, among many trials", () => {
    const definition = Result.getOrThrow(
      Study.define({ space: SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) }), sampler: Random.make() })
    )
    const statement = (complete: number) => {
      let state = Study.start(definition)
      for (let number = 0; number < complete; number++) {
        const [next, { params }] = Result.getOrThrow(Study.ask(state))
        state = Result.getOrThrow(Study.tell(next, number, params.x))
      }
      return Result.getOrThrow(importance(state, {})).says
    }
    assert.match(statement(MANY), /, the model explains /)
    assert.match(statement(MANY + 1), new RegExp(`, the model of ${TREES} trees explains `))
  }, 120_000)

  it("packs each line's places and values for the script", () => {
    const { state } = studyBy(11, 50)
    const data = Result.getOrThrow(ParallelPlot.make(state))
    const packed = packedOf(data)
    const coarse = packedOf(data, 0)
    const bytes = (text: string) => new Uint8Array(Buffer.from(text, "base64")).buffer
    assert.deepStrictEqual([...new Uint32Array(bytes(packed.numbers))], [...data.numbers])
    assert.deepStrictEqual([...new Uint32Array(bytes(packed.order))], [...data.ranking])
    for (const [index, column] of data.columns.entries()) {
      assert.deepStrictEqual([...new Float32Array(bytes(packed.columns[index]!))], [...column.places].map(Math.fround))
      const places = new Uint16Array(bytes(coarse.columns[index]!))
      assert.strictEqual(places.length, data.numbers.length)
      for (const [line, place] of places.entries()) {
        if (place === 65_535) assert.isNaN(column.places[line]!)
        else assert(Math.abs(place / 65_534 - column.places[line]!) <= 1 / 131_000)
      }
    }
  })
})
