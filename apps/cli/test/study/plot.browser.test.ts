/** Figures of studies in a real browser: readable, well-formed, silent; and trials are chosen along axes. */
import * as Browser from "@apps/demo/testing/browser"
import { assert, describe, it } from "@effect/vitest"
import { Random, SearchSpace, Study } from "@mabeam/optimize"
import type { StudyEvent } from "@mabeam/optimize"
import { Effect, Result } from "effect"
import { standalone } from "../../src/study/plot/figure.ts"
import * as Figures from "../../src/study/plot/figures.ts"
import { page as pageOf } from "../../src/study/plot/page.ts"
import { junk, studyBy } from "./studies.ts"

const space = SearchSpace.makeUnsafe({
  x: SearchSpace.float(0, 1),
  rate: SearchSpace.logFloat(1e-4, 1),
  kind: SearchSpace.categorical(["a", "b"]),
  only: SearchSpace.when("kind = a", SearchSpace.int(0, 9))
})

/** 200 trials: x is one of 0.05, 0.15, …, a tenth has failed, a tenth was pruned, the others are as good as x is near 0.35. */
const tidy = (objectives: 1 | 2) => {
  const directions = objectives === 1 ? (["minimize"] as const) : (["minimize", "maximize"] as const)
  const definition = Result.getOrThrow(Study.define({ space, sampler: Random.make(), directions }))
  const events: Array<StudyEvent.StudyEvent> = [Study.created(definition)]
  for (let number = 0; number < 200; number++) {
    const x = (((number * 7) % 10) + 0.5) / 10
    const kind = number % 3 === 0 ? "a" : "b"
    const only = kind === "a" ? { only: number % 10 } : {}
    const rate = 10 ** -((number * 0.618) % 4)
    const lease = { owner: `worker-${number % 3}`, until: 2e12 }
    const at = 1.7e12 + number * 400
    events.push({ _tag: "Asked", number, params: { x, rate, kind, ...only }, sampler: "random", lease, at })
    const value = Math.abs(x - 0.35) + rate / 3 + 0.02
    const values = objectives === 1 ? ([value] as const) : ([value, x + rate] as const)
    for (let step = 0; step < 6; step++) {
      const reported = value + 1 / (step + 1)
      events.push({ _tag: "Reported", number, step, values: objectives === 1 ? [reported] : [reported, x] })
    }
    const end = { number, at: at + 900 }
    if (number % 10 === 3) events.push({ _tag: "Failed", kind: "error", reason: "it broke", retry: false, ...end })
    else if (number % 10 === 6) events.push({ _tag: "Pruned", ...end })
    else events.push({ _tag: "Told", values, ...end })
  }
  const state = Result.getOrThrowWith(Study.replay(events), (error) => error)
  const given: Figures.Given = {
    state,
    studies: [
      { name: "one", state },
      { name: "another", state }
    ],
    objective: 0,
    variables: []
  }
  return { given, figures: Result.getOrThrowWith(Figures.all(given), (error) => error) }
}

type Page = Browser.Opened["page"]
const show = (page: Page, text: string) => Effect.promise(() => page.setContent(text, { waitUntil: "load" }))
const evaluate = (page: Page, program: string) => Effect.promise(() => page.evaluate<unknown>(program))
const look = Browser.misplaced("svg[role=img]")

const malformed = `(text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror")?.textContent ?? ""`

describe("figures of studies in Chromium", () => {
  it.live.runIf(process.env["CAMPAIGN"] !== undefined)(
    "are readable in either theme and ask for nothing",
    () =>
      Effect.gen(function* () {
        for (const [colorScheme, background] of [
          ["light", "rgb(255, 255, 255)"],
          ["dark", "rgb(23, 30, 41)"]
        ] as const) {
          const { complaints, page, requests } = yield* Browser.open({ colorScheme, width: 1_000 })
          for (const objectives of [1, 2] as const) {
            const { figures, given } = tidy(objectives)
            for (const figure of figures) {
              yield* show(page, standalone([figure]))
              assert.deepStrictEqual(yield* evaluate(page, look), [], figure.kind)
              assert.strictEqual(yield* evaluate(page, Browser.background), background, figure.kind)
            }
            yield* show(page, pageOf("tidy", figures, given))
            assert.deepStrictEqual(yield* evaluate(page, look), [], "the page")
          }
          assert.deepStrictEqual([...complaints, ...requests], [])
        }
      }),
    120_000
  )

  it.live(
    "are well-formed and run nothing of the study, whatever it is called",
    () =>
      Effect.gen(function* () {
        const { complaints, page, requests } = yield* Browser.open({ width: 1_000 })
        page.on("dialog", (dialog) => {
          complaints.push(`dialog: ${dialog.message()}`)
          void dialog.dismiss()
        })
        for (let seed = 0; seed < 12; seed++) {
          const { state } = studyBy(seed, 40)
          const studies = junk.slice(0, 4).map((name) => ({ name, state }))
          const given = { state, studies, objective: 0, variables: [] }
          const figures = Result.getOrThrowWith(Figures.all(given), (error) => error)
          // What is written to a file is UTF-8: half a character becomes a sign for what is missing.
          const svg = standalone(figures).toWellFormed()
          const problem = yield* evaluate(page, `(${malformed})(${JSON.stringify(svg)})`)
          assert.strictEqual(problem, "", `seed ${seed}`)
          yield* show(page, pageOf(junk[seed]!, figures, given).toWellFormed())
          assert.strictEqual(yield* evaluate(page, `document.querySelectorAll("script").length <= 2`), true)
        }
        assert.deepStrictEqual([...complaints, ...requests], [])
      }),
    120_000
  )

  it.live(
    "choose trials along axes, several together, and let go again",
    () =>
      Effect.gen(function* () {
        const { complaints, page, requests } = yield* Browser.open({ width: 1_000 })
        const { figures, given } = tidy(1)
        yield* show(page, pageOf("tidy", figures, given))
        const drawn = (count: number) =>
          Effect.promise(() => page.waitForSelector(`#parallel[data-drawn="${count}"][data-selected="${count}"]`))
        const brushes = page.locator(".brushes")
        yield* Effect.promise(() => brushes.scrollIntoViewIfNeeded())
        const svg = yield* Effect.promise(() => brushes.boundingBox())
        const grip = Effect.fnUntraced(function* (axis: number) {
          const box = yield* Effect.promise(() => page.locator(`.grip[data-axis="${axis}"]`).boundingBox())
          return box!.x + box!.width / 2
        })
        /** Drags along an axis between two places, 0 below and 1 above. */
        const drag = Effect.fnUntraced(function* (axis: number, from: number, to: number) {
          const x = yield* grip(axis)
          const y = (place: number) => svg!.y + 62 + 330 * (1 - place)
          yield* Effect.promise(async () => {
            await page.mouse.move(x, y(from))
            await page.mouse.down()
            await page.mouse.move(x, y(to), { steps: 4 })
            await page.mouse.up()
          })
        })
        const trials = given.state.trials
        const xOf = ({ params }: Study.Trial) => Number(params["x"])
        yield* drawn(200)
        yield* drag(0, 0.5, 0.1)
        const inside = trials.filter((trial) => xOf(trial) > 0.1 && xOf(trial) < 0.5)
        yield* drawn(inside.length)
        yield* drag(2, 0, 0.5)
        const both = inside.filter(({ params }) => params["kind"] === "a")
        yield* drawn(both.length)
        yield* Effect.promise(() => page.locator(`input[value="failed"]`).uncheck())
        const kept = both.filter(({ state }) => state !== "failed")
        assert(kept.length < both.length && kept.length > 3)
        yield* drawn(kept.length)
        const best = kept
          .flatMap((trial) => (trial.state === "complete" ? [trial] : []))
          .toSorted((a, b) => a.values[0]! - b.values[0]! || a.number - b.number)[0]!
        const first = yield* evaluate(page, `document.querySelector("#parallel tbody td").textContent`)
        assert.strictEqual(first, String(best.number))
        // Values are told as they were, not as coarsely as lines may be drawn.
        const cells = `[...document.querySelectorAll("#parallel tbody tr")].map((row) => [0, 4].map((cell) => row.cells[cell].textContent))`
        const rows = (yield* evaluate(page, cells)) as ReadonlyArray<readonly [string, string]>
        const rateOf = ({ params }: Study.Trial) => Number(params["rate"])
        const told = (rate: number) => (rate < 1e-3 ? rate.toExponential(3) : String(Number(rate.toPrecision(5))))
        assert.deepStrictEqual(
          rows,
          rows.map(([number]) => [number, told(rateOf(trials[Number(number)]!))])
        )
        // Two of the four axes are brushed; a click without a move lets the first go.
        const x = yield* grip(0)
        yield* Effect.promise(() => page.mouse.click(x, svg!.y + 200))
        yield* drawn(trials.filter(({ params, state }) => params["kind"] === "a" && state !== "failed").length)
        yield* Effect.promise(() => page.locator("#parallel button").click())
        yield* drawn(200)
        // A pointer over a point of another figure shows its words.
        yield* Effect.promise(() => page.locator("#history circle.dot:has(title)").first().hover())
        const words = yield* evaluate(page, `document.getElementById("tip").textContent`)
        assert.match(String(words), /^trial \d+: /)
        assert.deepStrictEqual([...complaints, ...requests], [])
      }),
    120_000
  )
})
