import { assert, describe, it } from "@effect/vitest"
import { campaign, law } from "@foundation/core/testing/law"
import { Arbitrary, Option, Result, Schema } from "effect"
import { explore } from "../../src/internal/exploration.ts"
import * as RandomStream from "../../src/internal/random.ts"
import * as Population from "../../src/population/Population.ts"
import { PopulationEvent } from "../../src/population/PopulationEvent.ts"
import * as SearchSpace from "../../src/space/SearchSpace.ts"
import * as SpaceJson from "../../src/space/SpaceJson.ts"
import { cases } from "../spaces.ts"
import type { Case } from "../spaces.ts"

const CHANGE = { resample: 0, shrink: 0.8, grow: 1.2 }

describe("explore", () => {
  const runs = campaign(5_000, 100_000)

  law("gives members of the space, whatever the space", runs, cases, ({ seed, space }) => {
    const params = SearchSpace.sample(space, { seed })
    return [0, 0.3, 1].every((resample) =>
      SearchSpace.contains(space, explore(space, params, { ...CHANGE, resample }, RandomStream.stream(seed, 1)))
    )
  })

  law("with the same luck gives the same, also for a space read from JSON", runs, cases, ({ json, seed, space }) => {
    const params = SearchSpace.sample(space, { seed })
    const again = Result.getOrThrow(SpaceJson.decode(json))
    assert.deepStrictEqual(
      explore(again, params, { ...CHANGE, resample: 0.5 }, RandomStream.stream(seed, 1)),
      explore(space, params, { ...CHANGE, resample: 0.5 }, RandomStream.stream(seed, 1))
    )
    return true
  })

  const space = SearchSpace.makeUnsafe({
    rate: SearchSpace.logFloat(1e-4, 1),
    shift: SearchSpace.float(-1, 1),
    units: SearchSpace.int(1, 1_000),
    layers: SearchSpace.int(1, 9, { step: 2 }),
    grid: SearchSpace.float(0, 1, { step: 0.25 }),
    size: SearchSpace.ordinal(["s", "m", "l"]),
    kind: SearchSpace.categorical(["a", "b"]),
    deep: SearchSpace.boolean()
  })
  const params = { rate: 0.01, shift: 0.5, units: 100, layers: 5, grid: 0.5, size: "m", kind: "b", deep: true } as const
  const seen = (change: Partial<typeof CHANGE>, from = params) => {
    const found = Array.from({ length: 200 }, (_, seed) =>
      explore(
        space,
        SearchSpace.contains(space, from) ? from : params,
        { ...CHANGE, ...change },
        RandomStream.stream(seed)
      )
    )
    const valuesOf = (name: keyof typeof params) => [...new Set(found.map((it) => it[name]))].sort()
    return valuesOf
  }

  it("multiplies numbers, keeps steps, moves to neighbours and leaves choices without order", () => {
    const valuesOf = seen({})
    assert.deepStrictEqual(valuesOf("rate"), [0.008, 0.012])
    assert.deepStrictEqual(
      valuesOf("shift").map((it) => Number(it).toFixed(9)),
      ["0.100000000", "0.900000000"]
    )
    assert.deepStrictEqual(valuesOf("units"), [120, 80])
    assert.deepStrictEqual(valuesOf("layers"), [3, 7])
    assert.deepStrictEqual(valuesOf("grid"), [0.25, 0.75])
    assert.deepStrictEqual(valuesOf("size"), ["l", "s"])
    assert.deepStrictEqual(valuesOf("kind"), ["b"])
    assert.deepStrictEqual(valuesOf("deep"), [true])
  })

  it("stays within bounds, moves whole numbers by one at least, and leaves 0", () => {
    const edge = { rate: 1, shift: 1, units: 2, layers: 9, grid: 0, size: "l", kind: "a", deep: false } as const
    const found = Array.from({ length: 200 }, (_, seed) => explore(space, edge, CHANGE, RandomStream.stream(seed)))
    const valuesOf = (name: keyof typeof edge) => [...new Set(found.map((it) => it[name]))].sort()
    assert.deepStrictEqual(valuesOf("rate"), [0.8, 1])
    assert.deepStrictEqual(valuesOf("units"), [1, 3])
    assert.deepStrictEqual(valuesOf("layers"), [7, 9])
    assert.deepStrictEqual(valuesOf("grid"), [0, 0.25])
    assert.deepStrictEqual(valuesOf("size"), ["l", "m"])
  })

  it("resampling draws from the whole domain", () => {
    const valuesOf = seen({ resample: 1 })
    assert.deepStrictEqual(valuesOf("size"), ["l", "m", "s"])
    assert.deepStrictEqual(valuesOf("kind"), ["a", "b"])
    assert.isAbove(valuesOf("rate").length, 190)
  })

  it("draws what its parents have just made active, and drops what is not", () => {
    const nested = SearchSpace.makeUnsafe({
      kind: SearchSpace.categorical(["sgd", "adam"]),
      momentum: SearchSpace.when("kind = sgd", SearchSpace.float(0, 1)),
      beta: SearchSpace.when("kind = adam", SearchSpace.float(0, 1))
    })
    const found = Array.from({ length: 100 }, (_, seed) =>
      explore(nested, { kind: "sgd", momentum: 0.5 }, { ...CHANGE, resample: 0.5 }, RandomStream.stream(seed))
    )
    assert.isTrue(found.some(({ kind }) => kind === "adam"))
    for (const it of found) assert.isTrue(it.kind === "sgd" ? it.momentum !== undefined : it.beta !== undefined)
  })

  it("keeps the constraints of the space, and the parameters where nothing near keeps them", () => {
    const ordered = SearchSpace.makeUnsafe(
      { low: SearchSpace.float(0.1, 1), high: SearchSpace.float(0.1, 1) },
      { constraints: ["low <= high"] }
    )
    for (let seed = 0; seed < 300; seed++) {
      const { high, low } = explore(ordered, { low: 0.5, high: 0.5 }, CHANGE, RandomStream.stream(seed))
      assert.isAtMost(low, high)
    }
    const fixed = SearchSpace.makeUnsafe(
      { a: SearchSpace.int(1, 9), b: SearchSpace.int(1, 9) },
      { constraints: ["a + b <= 2"] }
    )
    assert.deepStrictEqual(explore(fixed, { a: 1, b: 1 }, { ...CHANGE, grow: 1.2 }, RandomStream.stream(1)), {
      a: 1,
      b: 1
    })
  })
})

const space = SearchSpace.makeUnsafe({ rate: SearchSpace.float(0.1, 1) })

const told = <D extends SearchSpace.Declaration>(
  state: Population.State<D>,
  member: number,
  step: number,
  value: number,
  checkpoint = `${member}@${step}`
) => Result.getOrThrow(Population.report(state, { member, step, value, checkpoint }))

describe("exploit", () => {
  const started = (
    options: Partial<Population.Settings<{ readonly rate: ReturnType<typeof SearchSpace.float> }>> = {}
  ) => {
    const params = Array.from({ length: 10 }, (_, i) => ({ rate: (i + 1) / 10 }))
    return Result.getOrThrow(Population.make({ space, params, resample: 0, ...options }))
  }
  /** All members report once; the last ones see all values. */
  const reportedBy = (state: ReturnType<typeof started>, values: ReadonlyArray<number>) =>
    values.reduce((now, value, member) => told(now, member, 1, value)[0], state)

  it("truncation: the worst fifth copies one of the best fifth, the rest goes on", () => {
    const values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    // Nobody is ready before step 2.
    const ready = reportedBy(started({ interval: 2 }), values)
    const outcomes = values.map((value, member) => told(ready, member, 2, value)[1][1]!)
    assert.deepStrictEqual(
      outcomes.map(({ _tag }) => _tag),
      values.map((member) => (member >= 8 ? "Copied" : "Kept"))
    )
    const copy = outcomes[9]
    assert.isTrue(copy?._tag === "Copied" && (copy.from === 0 || copy.from === 1))
    const [after] = told(ready, 9, 2, 9)
    const member = after.members[9]!
    assert.isTrue(copy?._tag === "Copied" && member.checkpoint === `${copy.from}@1` && member.value === copy.from)
    assert.include(
      [0.8, 1.2].map((factor) => (factor * (copy?._tag === "Copied" ? copy.from + 1 : 0)) / 10),
      member.params.rate
    )
  })

  it("maximize: the smallest values copy the largest", () => {
    const values = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    const ready = reportedBy(started({ interval: 2, direction: "maximize" }), values)
    const tags = values.map((value, member) => told(ready, member, 2, value)[1][1]!._tag)
    assert.deepStrictEqual(
      tags,
      values.map((member) => (member < 2 ? "Copied" : "Kept"))
    )
  })

  it("tournament: a member copies a rival that is better, about as often as there are better ones", () => {
    let copies = 0
    for (let seed = 0; seed < 300; seed++) {
      const ready = reportedBy(started({ interval: 2, exploit: "tournament", seed }), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      const outcome = told(ready, 3, 2, 3)[1][1]!
      if (outcome._tag !== "Copied") continue
      copies++
      assert.isBelow(outcome.from, 3)
    }
    assert.approximately(copies / 300, 3 / 9, 0.1)
  })

  it("nobody copies before another has reported; equals are copied by truncation, in the order of their numbers, alone", () => {
    for (const exploit of ["truncation", "tournament"] as const) {
      const alone = told(started({ exploit }), 0, 1, 5)[1]
      assert.deepStrictEqual(
        alone.map(({ _tag }) => _tag),
        ["Reported", "Kept"]
      )
      const values = Array.from({ length: 10 }, () => 1)
      const equal = reportedBy(started({ exploit, interval: 2 }), values)
      assert.deepStrictEqual(
        values.map((value, member) => told(equal, member, 2, value)[1][1]!._tag),
        values.map((_, member) => (exploit === "truncation" && member >= 8 ? "Copied" : "Kept"))
      )
    }
  })

  it("is ready every `interval` steps, counted from when it was ready last", () => {
    let state = started({ interval: 3 })
    const ready: Array<number> = []
    for (const step of [1, 2, 4, 5, 6, 7, 10]) {
      const [next, events] = told(state, 0, step, 1)
      state = next
      if (events.length === 2) ready.push(step)
    }
    assert.deepStrictEqual(ready, [4, 7, 10])
  })
})

describe("refusals", () => {
  it("settings, by path", () => {
    const message = (more: object) =>
      Result.match(Population.make({ space, ...more }), {
        onFailure: (error) => error.message,
        onSuccess: () => "made"
      })
    const wrong: ReadonlyArray<readonly [object, RegExp]> = [
      [{ size: 1 }, /^population.size: 1 is not a whole number from 2 to 10000/],
      [{ size: 10_001 }, /^population.size: /],
      [{ size: 2.5 }, /^population.size: /],
      [{ size: 2, params: [{ rate: 1 }, { rate: 1 }, { rate: 1 }] }, /^population.params: there are 3 for 2/],
      [{ params: [{ rate: 2 }] }, /^rate: 2 is not/],
      [{ params: [{}] }, /^rate: is missing/],
      [{ direction: "up" }, /^population.direction: /],
      [{ seed: 0.1 }, /^population.seed: /],
      [{ interval: 0 }, /^population.interval: /],
      [{ exploit: "best" }, /^population.exploit: /],
      [{ fraction: 0.6 }, /^population.fraction: /],
      [{ resample: -1 }, /^population.resample: /],
      [{ shrink: 0 }, /^population.shrink: /],
      [{ grow: 0.5 }, /^population.grow: /],
      [{ momentum: 1 }, /^population.momentum: /]
    ]
    for (const [more, expected] of wrong) assert.match(message(more), expected)
    const open = Population.make({ space: SearchSpace.open })
    assert.match(Result.isFailure(open) ? open.failure.message : "made", /^population.space: is open/)
    const none = SearchSpace.makeUnsafe({ x: SearchSpace.float(0, 1) }, { constraints: ["x > 2"] })
    const nobody = Population.make({ space: none, size: 2 })
    assert.isTrue(Result.isFailure(nobody) && nobody.failure._tag === "NothingFeasible")
  })

  it("reports of nobody, of no step ahead, of no number", () => {
    const state = Result.getOrThrow(Population.make({ space, size: 3 }))
    const [later] = told(state, 1, 5, 1)
    const message = (member: number, step: number, value: number) =>
      Result.match(Population.report(later, { member, step, value, checkpoint: "x" }), {
        onFailure: (error) => error.message,
        onSuccess: () => "taken"
      })
    for (const member of [3, -1, 0.5, Number.POSITIVE_INFINITY]) {
      assert.strictEqual(message(member, 9, 1), `there is no member ${member}; there are 0 to 2`)
    }
    assert.strictEqual(message(1, 5, 1), "member 1, step: 5 is not a whole number beyond 5")
    assert.strictEqual(message(1, 5.5, 1), "member 1, step: 5.5 is not a whole number beyond 5")
    assert.strictEqual(message(1, 6, Number.NaN), "member 1, value: NaN is not a finite number")
    assert.strictEqual(message(1, 6, 1), "taken")
    assert.isTrue(Result.isFailure(Population.next(later, 3)))
  })

  it("events that are not those of a population", () => {
    const state = Result.getOrThrow(Population.make({ space, size: 3 }))
    const { Copied, Kept, Reported } = PopulationEvent.cases
    const begun = Population.begun(state)
    const report = Reported.make({ member: 0, step: 1, value: 1, checkpoint: "a" })
    const message = (...events: ReadonlyArray<PopulationEvent>) =>
      Result.match(Population.replay(events), { onFailure: (error) => error.message, onSuccess: () => "read" })
    assert.match(message(), /^event 0 does not fit: a population begins with Begun/)
    assert.match(message(report), /^event 0 does not fit/)
    assert.match(message(begun, begun), /^event 1 does not fit: a population begins once/)
    assert.match(message(begun, Kept.make({ member: 0 })), /^event 1 does not fit: member 0 is not ready/)
    assert.match(message(begun, report, report), /^event 2 does not fit: member 0 is ready/)
    assert.match(message(begun, report, Kept.make({ member: 0 }), report), /^event 3 .*step 1 is not beyond 1/)
    assert.match(message(begun, Reported.make({ member: 7, step: 1, value: 1, checkpoint: "a" })), /no member 7/)
    assert.match(message(begun, report, Copied.make({ member: 0, from: 1, params: { rate: 1 } })), /1 cannot be copied/)
    assert.match(message(begun, report, Copied.make({ member: 0, from: 0, params: { rate: 1 } })), /0 cannot be copied/)
    const second = Reported.make({ member: 1, step: 1, value: 2, checkpoint: "b" })
    const kept = Kept.make({ member: 0 })
    assert.match(
      message(begun, report, kept, second, Copied.make({ member: 1, from: 0, params: { rate: 7 } })),
      /rate: 7/
    )
    assert.strictEqual(
      message(begun, report, kept, second, Copied.make({ member: 1, from: 0, params: { rate: 1 } })),
      "read"
    )
  })
})

const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const runs = Arbitrary.all([
  cases,
  Arbitrary.schema(
    Schema.Struct({ size: whole(2, 7), reports: whole(0, 30), interval: whole(1, 3), kind: whole(0, 1) })
  )
])
type Run = readonly [
  Case,
  { readonly size: number; readonly reports: number; readonly interval: number; readonly kind: number }
]

const begin = ([{ seed, space }, { interval, kind, size }]: Run) =>
  Result.getOrThrow(
    Population.make({ space, size, seed, interval, exploit: kind === 0 ? "truncation" : "tournament", fraction: 0.5 })
  )

/** What the members tell depends on the seed and the place among the reports alone. */
const reportAt = (state: Population.State, seed: number, place: number): Population.Report => {
  const random = RandomStream.stream(seed, place, 3)
  const member = RandomStream.below(random, state.members.length)
  const step = state.members[member]!.step + 1 + RandomStream.below(random, 2)
  return { member, step, value: RandomStream.below(random, 6), checkpoint: `${member}@${step}` }
}

const eventsOf = (run: Run) => {
  let state: Population.State = begin(run)
  const states = [state]
  const events: Array<PopulationEvent> = [Population.begun(state)]
  for (let place = 0; place < run[1].reports; place++) {
    const [next, more] = Result.getOrThrow(Population.report(state, reportAt(state, run[0].seed, place)))
    state = next
    events.push(...more)
    states.push(state)
  }
  return { events, state, states }
}

const stored = (events: ReadonlyArray<PopulationEvent>): ReadonlyArray<PopulationEvent> =>
  Result.getOrThrow(Schema.decodeUnknownResult(Schema.Array(PopulationEvent))(JSON.parse(JSON.stringify(events))))

describe("P14", () => {
  law(
    "P14: a population interrupted after any event and resumed goes on as if it had never stopped",
    campaign(1_000, 20_000),
    runs,
    (run) => {
      const { events, state } = eventsOf(run)
      const kept = RandomStream.below(RandomStream.stream(run[0].seed, 8), events.length) + 1
      const [resumed, missing] = Result.getOrThrow(Population.replay(stored(events.slice(0, kept))))
      const whole = [...events.slice(0, kept), ...missing]
      assert.deepStrictEqual(events.slice(0, whole.length), whole)
      let now: Population.State = resumed
      const told = whole.filter(({ _tag }) => _tag === "Reported").length
      for (let place = told; place < run[1].reports; place++) {
        const [next, more] = Result.getOrThrow(Population.report(now, reportAt(now, run[0].seed, place)))
        now = next
        whole.push(...more)
      }
      assert.deepStrictEqual(whole, events)
      assert.deepStrictEqual(now.members, state.members)
      return true
    }
  )

  law(
    "members always have parameters of the space, and a schedule as long as what it was copied from",
    campaign(1_000, 20_000),
    runs,
    (run) => {
      const { states } = eventsOf(run)
      return states.every(({ members, space }) =>
        members.every((member) => {
          const steps = Population.schedule(member).reduce((sum, stretch) => sum + stretch.steps, 0)
          const [, reached = "0"] = member.checkpoint?.split("@") ?? []
          // The checkpoint's own line may have begun as a copy of one that was ahead or behind.
          return SearchSpace.contains(space, member.params) && steps >= 0 && steps > 0 === Number(reached) > 0
        })
      )
    }
  )

  law("a checkpoint is what its schedule trains", campaign(1_000, 20_000), runs, (run) => {
    // The checkpoint says what it was trained with, step by step; so each member's can be compared with its schedule.
    let state: Population.State = begin(run)
    for (let place = 0; place < run[1].reports; place++) {
      const { member, step, value } = reportAt(state, run[0].seed, place)
      const { checkpoint, params, step: before } = Result.getOrThrow(Population.next(state, member))
      const diary: ReadonlyArray<unknown> = JSON.parse(checkpoint ?? "[]")
      const trained = [...diary, ...Array.from({ length: step - before }, () => params)]
      const report = { member, step, value, checkpoint: JSON.stringify(trained) }
      ;[state] = Result.getOrThrow(Population.report(state, report))
    }
    for (const member of state.members) {
      const replayed = Population.schedule(member).flatMap(({ params, steps }) =>
        Array.from({ length: steps }, () => params)
      )
      assert.deepStrictEqual(JSON.stringify(replayed), member.checkpoint ?? "[]")
    }
    return true
  })

  law("maximizing mirrors minimizing", campaign(1_000, 20_000), runs, (run) => {
    const [{ seed }] = run
    const first = begin(run)
    let low: Population.State = first
    let high: Population.State = { ...first, options: { ...first.options, direction: "maximize" } }
    for (let place = 0; place < run[1].reports; place++) {
      const report = reportAt(low, seed, place)
      ;[low] = Result.getOrThrow(Population.report(low, report))
      ;[high] = Result.getOrThrow(Population.report(high, { ...report, value: -report.value }))
    }
    assert.deepStrictEqual(
      high.members.map(({ line, params }) => ({ line, params })),
      low.members.map(({ line, params }) => ({ line, params }))
    )
    return true
  })
})

describe("P16", () => {
  const begun = Population.begun(Result.getOrThrow(Population.make({ space, size: 3 })))
  const junk = Arbitrary.schema(Schema.Array(PopulationEvent).check(Schema.isMaxLength(6)))

  law("P16: any events are a population or one error with a message", campaign(5_000, 100_000), junk, (events) =>
    [events, [begun, ...events]].every((given) => {
      const read = Population.replay(given)
      return Result.isSuccess(read) || read.failure.message.length > 0
    })
  )
})

describe("the toy of the paper (figure 2): two workers, two useless settings", () => {
  const toy = SearchSpace.makeUnsafe({ h0: SearchSpace.float(0, 1), h1: SearchSpace.float(0, 1) })
  /** What is wanted: the largest 1.2 − θ0² − θ1². A worker sees the gradient of 1.2 − h0 θ0² − h1 θ1². */
  const worth = ([a, b]: readonly [number, number]) => 1.2 - a * a - b * b
  const trained = (
    [a, b]: readonly [number, number],
    { h0, h1 }: { readonly h0: number; readonly h1: number }
  ): readonly [number, number] => [a - 0.02 * h0 * a, b - 0.02 * h1 * b]
  const STEPS = 200

  const run = (seed: number) => {
    const params = [
      { h0: 1, h1: 0 },
      { h0: 0, h1: 1 }
    ]
    let state = Result.getOrThrow(
      Population.make({ space: toy, params, seed, direction: "maximize", interval: 4, fraction: 0.5 })
    )
    const thetaOf = (checkpoint: string | undefined): readonly [number, number] => {
      const [a = 0.9, b = 0.9] = checkpoint?.split(" ").map(Number) ?? []
      return [a, b]
    }
    for (let step = 1; step <= STEPS; step++) {
      for (const member of [0, 1]) {
        const { checkpoint, params } = Result.getOrThrow(Population.next(state, member))
        const theta = trained(thetaOf(checkpoint), params)
        const report = { member, step, value: worth(theta), checkpoint: theta.join(" ") }
        ;[state] = Result.getOrThrow(Population.report(state, report))
      }
    }
    return state
  }

  it("PBT comes near 1.2 with every seed, the grid of two never above 0.4", () => {
    const grid = [
      { h0: 1, h1: 0 },
      { h0: 0, h1: 1 }
    ].map((params) => {
      let theta: readonly [number, number] = [0.9, 0.9]
      for (let step = 0; step < STEPS; step++) theta = trained(theta, params)
      return worth(theta)
    })
    assert.isBelow(Math.max(...grid), 0.4)
    for (let seed = 0; seed < 20; seed++) {
      const best = Option.getOrThrow(Population.best(run(seed)))
      assert.isAbove(best.value, 1.1, `seed ${seed}`)
    }
  })

  it("training anew by the schedule of the best gives its checkpoint", () => {
    const best = Option.getOrThrow(Population.best(run(3)))
    const stretches = Population.schedule(best)
    let theta: readonly [number, number] = [0.9, 0.9]
    for (const { params, steps } of stretches) {
      for (let step = 0; step < steps; step++) theta = trained(theta, params)
    }
    assert.strictEqual(theta.join(" "), best.checkpoint)
    assert.isAbove(stretches.length, 2)
  })
})
