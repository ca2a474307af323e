/** What is drawn, in cases small enough to be reckoned by hand. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as ContourPlot from "../../src/plot/ContourPlot.ts"
import * as EdfPlot from "../../src/plot/EdfPlot.ts"
import * as HistoryPlot from "../../src/plot/HistoryPlot.ts"
import * as IntermediatePlot from "../../src/plot/IntermediatePlot.ts"
import * as ParallelPlot from "../../src/plot/ParallelPlot.ts"
import * as ParetoPlot from "../../src/plot/ParetoPlot.ts"
import * as PlotAxis from "../../src/plot/PlotAxis.ts"
import * as PlotCloud from "../../src/plot/PlotCloud.ts"
import * as SlicePlot from "../../src/plot/SlicePlot.ts"
import * as TimelinePlot from "../../src/plot/TimelinePlot.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as Study from "../../src/study/Study.ts"
import { studyOf } from "./studies.ts"

const made = <A, E>(result: Result.Result<A, E>): A => Result.getOrThrowWith(result, (error) => error)
const refusal = <E extends { readonly message: string }>(result: Result.Result<unknown, E>): string => {
  assert(Result.isFailure(result), "it should have been refused")
  return result.failure.message
}

const { sqrt } = Math
const near = (a: number, b: number) => assert(Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b)), `${a} is not ${b}`)

describe("PlotAxis", () => {
  const linear = { type: "linear", title: "x", from: -2, to: 6, whole: false } as const
  const log = { type: "log", title: "x", from: 0.01, to: 100, whole: false } as const

  it("places values evenly, by their logarithm, or in the middle of their name", () => {
    assert.deepStrictEqual(
      [-2, 0, 6, 7, -9].map((value) => PlotAxis.place(linear, value)),
      [0, 0.25, 1, 1, 0]
    )
    for (const [value, place] of [
      [0.01, 0],
      [0.1, 0.25],
      [1, 0.5],
      [100, 1],
      [0, 0],
      [-1, 0]
    ] as const) {
      near(PlotAxis.place(log, value), place)
    }
    const names = { type: "names", title: "x", names: ["a", "b", "c", "d"] } as const
    assert.deepStrictEqual(
      [0, 1, 3].map((value) => PlotAxis.place(names, value)),
      [0.125, 0.375, 0.875]
    )
  })

  it("finds the value at a place again", () => {
    for (const u of [0, 0.3, 1]) {
      near(PlotAxis.place(linear, PlotAxis.valueAt(linear, u)), u)
      near(PlotAxis.place(log, PlotAxis.valueAt(log, u)), u)
    }
  })

  it("shows ranges that overflow, that are tiny, and that have no width", () => {
    const huge = PlotAxis.ofValues("v", [-1.7e308, 1.7e308])
    assert(Number.isFinite(huge.from) && Number.isFinite(huge.to))
    near(PlotAxis.place(huge, 0), 0.5)
    const tiny = PlotAxis.ofValues("v", [0, 5e-324])
    assert(tiny.from < 0 && tiny.to > 0)
    const same = PlotAxis.ofValues("v", [7, 7])
    near(PlotAxis.place(same, 7), 0.5)
    assert.deepStrictEqual(PlotAxis.ofValues("v", []), { type: "linear", title: "v", from: -1, to: 1, whole: false })
  })

  it("stands on logarithms when positive values are far apart", () => {
    assert.strictEqual(PlotAxis.ofValues("v", [0.01, 10]).type, "log")
    assert.strictEqual(PlotAxis.ofValues("v", [0.011, 10]).type, "linear")
    assert.strictEqual(PlotAxis.ofValues("v", [0, 10_000]).type, "linear")
  })

  it("leaves a few far values of the bad side beyond the end, and never good ones", () => {
    const values = Array.from({ length: 100 }, (_, i) => (i === 50 ? 900 : i === 51 ? -900 : i / 100))
    const minimize = PlotAxis.ofValues("v", values, "minimize")
    assert.isFalse(PlotAxis.isBeyond(minimize, -900))
    const positive = values.map((value) => (value < 0 ? 0.5 : value))
    const bad = PlotAxis.ofValues("v", positive, "minimize")
    assert.deepStrictEqual(
      positive.filter((value) => PlotAxis.isBeyond(bad, value)),
      [900]
    )
    const good = PlotAxis.ofValues("v", positive, "maximize")
    assert.isFalse(PlotAxis.isBeyond(good, 900))
  })

  it("tells choices apart that look alike", () => {
    const axis = PlotAxis.ofVariable({ name: "c", domain: { type: "categorical", choices: [1, "1", true] } })
    assert.deepStrictEqual(axis, { type: "names", title: "c", names: ["1", `"1"`, "true"] })
  })
})

describe("PlotCloud", () => {
  const x = { type: "linear", title: "x", from: 0, to: 4, whole: false } as const
  const points = [
    { number: 0, x: 0, y: 0 },
    { number: 1, x: 0.5, y: 0.9 },
    { number: 2, x: 4, y: 4 }
  ]

  it("counts many points in cells, those on the upper ends in the last", () => {
    const cloud = PlotCloud.make(points, x, x, { columns: 4, rows: 4, pointsMax: 2 })
    assert.deepStrictEqual(cloud, {
      _tag: "Density",
      columns: 4,
      rows: 4,
      cells: [
        { column: 0, row: 0, count: 2 },
        { column: 3, row: 3, count: 1 }
      ]
    })
    assert.strictEqual(PlotCloud.total(cloud), 3)
  })

  it("keeps few points as they are", () => {
    const cloud = PlotCloud.make(points, x, x, { columns: 4, rows: 4, pointsMax: 3 })
    assert.deepStrictEqual(cloud, { _tag: "Points", points })
  })
})

describe("HistoryPlot", () => {
  const trials = [
    { end: [3] },
    { end: "failed" },
    { end: [1] },
    { end: "broken" },
    { end: "pruned", reports: [9, 2] },
    { end: "pruned" },
    {},
    { end: [2] },
    { end: [0.5] }
  ] as const

  it("has every trial that has ended, and the best of the complete ones that keep the constraints", () => {
    const { best, clouds, gone, x } = made(HistoryPlot.make(studyOf(trials)))
    const numbers = (cloud: PlotCloud.PlotCloud) =>
      cloud._tag === "Points" ? cloud.points.map(({ number, y }) => [number, y]) : []
    assert.deepStrictEqual(numbers(clouds.complete), [
      [0, 3],
      [2, 1],
      [7, 2],
      [8, 0.5]
    ])
    assert.deepStrictEqual(numbers(clouds.infeasible), [[3, 0]])
    assert.deepStrictEqual(numbers(clouds.pruned), [[4, 2]])
    assert.deepStrictEqual(gone, [
      { state: "failed", from: 1, to: 1, count: 1 },
      { state: "pruned", from: 5, to: 5, count: 1 }
    ])
    assert.deepStrictEqual(best, [
      [0, 3],
      [2, 1],
      [8, 0.5]
    ])
    assert.deepStrictEqual([x.from, x.to], [-0.5, 8.5])
  })

  it("turns round with the direction, and shows the target beside the best", () => {
    const state = studyOf(trials, { directions: ["maximize"], target: 10 })
    const { steps, target, y } = made(HistoryPlot.best(state))
    assert.deepStrictEqual(steps, [[0, 3]])
    assert.strictEqual(target, 10)
    assert(y.from < 3 && y.to > 10)
  })

  it("keeps the first and the last of many steps", () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({ end: [-i] }))
    const { best, clouds, summaries } = made(HistoryPlot.make(studyOf(many)))
    assert(best.length <= HistoryPlot.STEPS_MAX + 1, `${best.length}`)
    assert.deepStrictEqual(
      [best[0], best.at(-1)],
      [
        [0, -0],
        [4_999, -4_999]
      ]
    )
    assert.strictEqual(clouds.complete._tag, "Density")
    assert.strictEqual(PlotCloud.total(clouds.complete), 5_000)
    assert.deepStrictEqual(summaries[0], { from: 0, to: 31, count: 32, low: -31, median: -16, high: -0 })
  })

  it("refuses what there is nothing of, and objectives that there are not", () => {
    assert.strictEqual(refusal(HistoryPlot.make(studyOf([]))), "history: no trial has ended yet")
    assert.strictEqual(refusal(HistoryPlot.make(studyOf([{}]))), "history: no trial has ended yet")
    const none = "best so far: no trial is complete and keeps the constraints"
    assert.strictEqual(refusal(HistoryPlot.best(studyOf([{ end: "broken" }]))), none)
    const wrong = "objective: 1 is not the index of one of 1 objectives"
    assert.strictEqual(refusal(HistoryPlot.make(studyOf(trials), { objective: 1 })), wrong)
    for (const objective of [-1, 0.5, Number.NaN]) {
      assert.match(refusal(HistoryPlot.make(studyOf(trials), { objective })), /^objective: /)
    }
  })
})

const declaration = {
  kind: SearchSpace.categorical(["a", "b"]),
  x: SearchSpace.logFloat(0.01, 100),
  only: SearchSpace.when("kind = a", SearchSpace.int(0, 10))
}
const four = studyOf(
  [
    { params: { kind: "a", x: 1, only: 3 }, end: [4] },
    { params: { kind: "b", x: 10, only: undefined }, end: [2] },
    { params: { kind: "a", x: 100, only: 10 }, end: "pruned", reports: [3] },
    { params: { kind: "b", x: 0.01, only: undefined }, end: "failed" }
  ],
  { declaration }
)

describe("SlicePlot", () => {
  it("has the trials along each variable, and counts those that lack it", () => {
    const { slices } = made(SlicePlot.make(four))
    assert.deepStrictEqual(
      slices.map(({ best, missing, name, trials, x }) => [name, x.type, trials, missing, best?.x]),
      [
        ["kind", "names", 3, 0, 1],
        ["x", "log", 3, 0, 10],
        ["only", "linear", 2, 1, undefined]
      ]
    )
    assert.deepStrictEqual(slices[2]?.clouds.pruned, { _tag: "Points", points: [{ number: 2, x: 10, y: 3 }] })
  })

  it("takes variables by name, once, and refuses unknown ones", () => {
    const { slices } = made(SlicePlot.make(four, { variables: ["x", "x"] }))
    assert.deepStrictEqual(
      slices.map(({ name }) => name),
      ["x"]
    )
    const wrong = refusal(SlicePlot.make(four, { variables: ["x", "constructor"] }))
    assert.strictEqual(wrong, `variables: the study has no variable "constructor"`)
    assert.strictEqual(refusal(SlicePlot.make(studyOf([]))), "slice: no trial has a value yet")
  })

  it("does not take an inherited key for a parameter", () => {
    const state = studyOf([{ end: [1] }], {
      declaration: { x: SearchSpace.float(0, 1), toString: SearchSpace.float(0, 1) }
    })
    assert.deepStrictEqual(
      made(SlicePlot.make(state)).slices.map(({ trials }) => trials),
      [1, 1]
    )
  })
})

describe("ParallelPlot", () => {
  it("has a line for each trial that has ended, ranked, with gaps where values are missing", () => {
    const { columns, numbers, ranking, trials, worths } = made(ParallelPlot.make(four))
    assert.deepStrictEqual([trials, numbers, ranking], [4, [0, 1, 2, 3], [1, 0, 2, 3]])
    assert.deepStrictEqual(worths, ["complete", "complete", "pruned", "failed"])
    assert.deepStrictEqual(
      columns.slice(0, 3).map(({ places }) => [...places].map((place) => Math.round(place * 1e9) / 1e9)),
      [
        [0.25, 0.75, 0.25, 0.75],
        [0.5, 0.75, 1, 0],
        [0.3, Number.NaN, 1, Number.NaN]
      ]
    )
    assert.deepStrictEqual([...columns[3]!.values], [4, 2, 3, Number.NaN])
    const { counts, missing } = ParallelPlot.histogram(columns[2]!, 10)
    assert.deepStrictEqual([counts, missing], [[0, 0, 0, 1, 0, 0, 0, 0, 0, 1], 2])
  })

  it("chooses the best and an even part of more lines than fit", () => {
    // 20 variables leave room for 71,428 lines.
    const wide = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`v${i}`, SearchSpace.fixed(i)]))
    const many = Array.from({ length: 72_000 }, (_, i) => ({ end: [(i * 7_919) % 72_000] }))
    const data = made(ParallelPlot.make(studyOf(many, { declaration: wide })))
    assert.deepStrictEqual([data.trials, data.numbers.length, data.columns.length], [72_000, 71_428, 21])
    assert.strictEqual(new Set(data.numbers).size, 71_428)
    assert.deepStrictEqual(
      data.ranking.slice(0, 7_142).map((line) => data.columns[20]!.values[line]),
      Array.from({ length: 7_142 }, (_, i) => i)
    )
  })
})

describe("ContourPlot", () => {
  const plane = { x: SearchSpace.float(0, 1), y: SearchSpace.float(0, 1) }
  const grid = Array.from({ length: 121 }, (_, i) => ({ x: (i % 11) / 10, y: Math.floor(i / 11) / 10 }))

  it("finds the rings of a bowl where they are", () => {
    const trials = grid.map((params) => ({ params, end: [sqrt((params.x - 0.5) ** 2 + (params.y - 0.5) ** 2)] }))
    const { bands, best, levels, trials: count } = made(ContourPlot.make(studyOf(trials, { declaration: plane })))
    assert.strictEqual(count, 121)
    assert.deepStrictEqual([best?.x, best?.y, best?.value], [0.5, 0.5, 0])
    assert.deepStrictEqual(
      levels,
      levels.toSorted((a, b) => a - b)
    )
    for (const { level, rings } of bands.filter(({ level: it }) => it > 0.15 && it < 0.45)) {
      for (const [x, y] of rings.flat()) assert(Math.abs(sqrt((x - 0.5) ** 2 + (y - 0.5) ** 2) - level) < 0.05)
    }
    assert(bands.some(({ level }) => level > 0.15 && level < 0.45))
  })

  it("keeps the best of each cell where a variable has names", () => {
    const state = studyOf(
      [
        { params: { kind: "a", x: 3 }, end: [5] },
        { params: { kind: "a", x: 3 }, end: [3] },
        { params: { kind: "b", x: 0.01 }, end: [7] },
        { params: { kind: "b", x: 0.01 }, end: "broken" }
      ],
      { declaration: { kind: declaration.kind, x: declaration.x, z: SearchSpace.boolean() } }
    )
    const { bands, cells, grid: size } = made(ContourPlot.make(state, { variables: ["kind", "x"] }))
    assert.deepStrictEqual([bands, size], [[], [2, 16]])
    assert.deepStrictEqual(
      cells.map(({ column, count, row, value }) => [column, row, count, value]),
      [
        [0, 9, 2, 3],
        [1, 0, 1, 7]
      ]
    )
  })

  it("takes numbers that trials have by itself, and refuses anything but two variables", () => {
    const trials = [1, 2, 3].map((value) => ({ params: { kind: "a", x: value, only: value }, end: [value] }))
    const state = studyOf(trials, { declaration })
    const { x, y } = made(ContourPlot.make(state))
    assert.deepStrictEqual([x.title, y.title], ["x", "only"])
    const one = "variables: a contour needs two different variables, not 1"
    assert.strictEqual(refusal(ContourPlot.make(state, { variables: ["x", "x"] })), one)
    assert.match(refusal(ContourPlot.make(state, { variables: ["x", "kind", "only"] })), /not 3$/)
    assert.match(refusal(ContourPlot.make(four, { variables: ["x", "kind"] })), /needs 3 complete trials/)
    assert.strictEqual(
      refusal(ContourPlot.make(studyOf([{ end: [1] }]))),
      "contour: the study has fewer than two variables"
    )
  })

  it("is flat where all values are", () => {
    const trials = grid.slice(0, 5).map((params) => ({ params, end: [2] }))
    const { bands, levels } = made(ContourPlot.make(studyOf(trials, { declaration: plane })))
    assert.deepStrictEqual([bands, levels], [[], []])
  })
})

describe("ParetoPlot", () => {
  const directions = ["minimize", "maximize"] as const
  const trials = [
    { end: [1, 1] },
    { end: [2, 3] },
    { end: [3, 2] },
    { end: "broken" },
    { end: "failed" },
    { end: [2, 3] }
  ] as const

  it("has the front of the study and its border", () => {
    const { front, infeasible, pairs, trials: count } = made(ParetoPlot.make(studyOf(trials, { directions })))
    assert.deepStrictEqual([front, infeasible, count, pairs.length], [3, 1, 5, 1])
    assert.deepStrictEqual(pairs[0]!.line, [
      [1, 1],
      [2, 3],
      [2, 3]
    ])
    assert.deepStrictEqual(pairs[0]!.dominated, { _tag: "Points", points: [{ number: 2, x: 3, y: 2 }] })
  })

  it("shows three objectives two at a time, and refuses one or four", () => {
    const three = studyOf([{ end: [1, 1, 1] }], { directions: [...directions, "minimize"] })
    assert.deepStrictEqual(
      made(ParetoPlot.make(three)).pairs.map(({ objectives: [a, b] }) => [a.index, b.index]),
      [
        [0, 1],
        [0, 2],
        [1, 2]
      ]
    )
    assert.strictEqual(
      refusal(ParetoPlot.make(studyOf([{ end: [1] }]))),
      "kind: a Pareto front is drawn of two or three objectives, the study has one"
    )
    assert.match(refusal(ParetoPlot.make(studyOf([], { directions: [...directions, ...directions] }))), /has 4$/)
    assert.strictEqual(refusal(ParetoPlot.make(studyOf([], { directions }))), "Pareto front: no trial is complete yet")
  })

  it("never leaves a trial of the front beyond an axis", () => {
    const far = Array.from({ length: 50 }, (_, i) => ({ end: i === 0 ? [1e6, 100] : [i / 50, i / 50] }))
    const { x } = made(ParetoPlot.make(studyOf(far, { directions }))).pairs[0]!
    assert.isFalse(PlotAxis.isBeyond(x, 1e6))
  })
})

describe("EdfPlot", () => {
  it("rises at each value to the share that is at most it", () => {
    const a = { name: "a", state: studyOf([{ end: [2] }, { end: [1] }, { end: [2] }, { end: "failed" }, { end: [4] }]) }
    const b = { name: "b", state: studyOf([]) }
    const { curves, empty } = made(EdfPlot.make([a, b]))
    assert.deepStrictEqual(empty, ["b"])
    assert.deepStrictEqual(curves, [
      {
        name: "a",
        trials: 4,
        steps: [
          [1, 0.25],
          [2, 0.75],
          [4, 1]
        ]
      }
    ])
  })

  it("refuses what cannot be compared", () => {
    const one = { name: "one", state: studyOf([{ end: [1] }]) }
    const other = { name: "other", state: studyOf([{ end: [1] }], { directions: ["maximize"] }) }
    assert.match(refusal(EdfPlot.make([one, other])), /^studies: some minimize and some maximize/)
    const many = Array.from({ length: EdfPlot.STUDIES_MAX + 1 }, () => one)
    assert.match(refusal(EdfPlot.make(many)), /^studies: at most 20/)
    assert.strictEqual(refusal(EdfPlot.make([])), "EDF: no trial is complete yet")
  })

  it("keeps shares exact when values are many", () => {
    const many = Array.from({ length: 3_000 }, (_, i) => ({ end: [i] }))
    const { steps } = made(EdfPlot.make([{ name: "many", state: studyOf(many) }])).curves[0]!
    assert(steps.length <= EdfPlot.STEPS_MAX)
    for (const [value, share] of steps) assert.strictEqual(share, (value + 1) / 3_000)
  })
})

describe("IntermediatePlot", () => {
  it("has a line for each of few trials", () => {
    const state = studyOf([
      { reports: [3, 2], end: [2] },
      { reports: [5], end: "pruned" },
      { end: [1] },
      { reports: [4] }
    ])
    const { best, lines, spreads, trials } = made(IntermediatePlot.make(state))
    assert.deepStrictEqual([trials, best, spreads], [3, 0, []])
    assert.deepStrictEqual(
      lines.map(({ number, reports, state: it }) => [number, it, reports]),
      [
        [
          0,
          "complete",
          [
            [0, 3],
            [1, 2]
          ]
        ],
        [1, "pruned", [[0, 5]]],
        [3, "running", [[0, 4]]]
      ]
    )
  })

  it("spreads many trials by step, and keeps the lines of the best", () => {
    const many = Array.from({ length: 201 }, (_, i) => ({ reports: [i, i * 2], end: [i] }))
    const { lines, spreads } = made(IntermediatePlot.make(studyOf(many)))
    assert.deepStrictEqual(
      lines.map(({ number }) => number),
      [0, 1, 2, 3, 4, 5, 6, 7]
    )
    const first = { from: 0, to: 0, count: 201, low: 10, quarter: 50, middle: 100, upper: 150, high: 190 }
    assert.deepStrictEqual(spreads[0], first)
    assert.strictEqual(spreads[1]?.middle, 200)
  })

  it("keeps the ends and the extremes of a long line", () => {
    const long = Array.from({ length: 900 }, (_, i) => (i === 333 ? 50 : i === 700 ? -50 : i % 5))
    const { reports } = made(IntermediatePlot.make(studyOf([{ reports: long }]))).lines[0]!
    assert(reports.length <= IntermediatePlot.POINTS_MAX + 2, `${reports.length}`)
    const kept = new Map(reports)
    assert.deepStrictEqual([kept.get(0), kept.get(333), kept.get(700), kept.get(899)], [0, 50, -50, 4])
  })

  it("says that nothing was reported", () => {
    const none = "intermediate values: no trial has reported intermediate values"
    assert.strictEqual(refusal(IntermediatePlot.make(studyOf([{ end: [1] }]))), none)
  })
})

describe("TimelinePlot", () => {
  const given = [
    { owner: "ada", times: [1_000, 3_000], end: [1] },
    { owner: "bob", times: [1_500, 2_000], end: "failed" },
    { owner: "ada", times: [2_500, 4_000], end: "pruned" },
    { owner: "bob", times: [3_900, 0] },
    { end: [1] }
  ] as const

  it("has a lane for each worker, and another where it did two things at once", () => {
    const timeline = made(TimelinePlot.make(studyOf(given)))
    assert.deepStrictEqual([timeline.begins, timeline.length, timeline.untimed], [1_000, 3_000, 1])
    assert.deepStrictEqual(
      timeline.lanes.map(({ name, spans }) => [name, spans.map(({ from, state, to }) => [state, from, to])]),
      [
        ["ada", [["complete", 0, 2_000]]],
        ["ada", [["pruned", 1_500, 3_000]]],
        [
          "bob",
          [
            ["failed", 500, 1_000],
            ["running", 2_900, 3_000]
          ]
        ]
      ]
    )
  })

  it("packs trials of unknown workers on as few lanes as there were at once", () => {
    const anonymous = given.map((trial) => ({ ...trial, owner: undefined }))
    const { isByOwner, lanes } = made(TimelinePlot.make(studyOf(anonymous)))
    assert.isFalse(isByOwner)
    assert.deepStrictEqual(
      lanes.map(({ name, trials }) => [name, trials]),
      [
        ["slot 1", 2],
        ["slot 2", 2]
      ]
    )
  })

  it("merges what cannot be told apart, and takes a moment without length", () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({ times: [i * 10, i * 10 + 9] as const, end: [1] }))
    const [lane] = made(TimelinePlot.make(studyOf(many))).lanes
    assert(lane!.spans.length <= 500, `${lane!.spans.length}`)
    assert.strictEqual(
      lane!.spans.reduce((sum, { count }) => sum + count, 0),
      5_000
    )
    const moment = Array.from({ length: 3 }, () => ({ times: [5, 5] as const, end: [1] }))
    const still = made(TimelinePlot.make(studyOf(moment)))
    assert.deepStrictEqual([still.length, still.lanes[0]?.spans.length], [0, 1])
  })

  it("says that there are no times", () => {
    assert.strictEqual(refusal(TimelinePlot.make(studyOf([{ end: [1] }]))), "timeline: nobody told when the trials ran")
    assert.strictEqual(refusal(TimelinePlot.make(studyOf([]))), "timeline: no trial has run yet")
  })
})

describe("the front of a plot", () => {
  it("is Study.front", () => {
    const state = studyOf([{ end: [1, 2] }, { end: [2, 1] }, { end: [2, 2] }], { directions: ["minimize", "minimize"] })
    const { pairs } = made(ParetoPlot.make(state))
    const { front } = pairs[0]!
    assert.deepStrictEqual(
      front._tag === "Points" ? front.points.map(({ number }) => number) : [],
      Study.front(state).map(({ number }) => number)
    )
  })
})
