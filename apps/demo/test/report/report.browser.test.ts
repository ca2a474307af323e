/** The report in a real browser: Chromium from npm, the page from a loopback server. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Scope } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Report from "../../src/report/Report.ts"
import * as Browser from "../browser.ts"
import { sampleModel } from "./sampleModel.ts"

/** Serves the text on a free port until the scope ends. */
const serve = (text: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const server = createServer((_, response) => {
          response.setHeader("content-type", "text/html; charset=utf-8")
          response.end(text)
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.callback<void>((resume) => {
          server.closeAllConnections()
          server.close(() => resume(Effect.void))
        })
    ),
    (server) => {
      // A server that listens on a port has an address of this kind.
      const { port } = server.address() as AddressInfo
      return `http://127.0.0.1:${port}`
    }
  )

/** The text as a page; all its complaints and requests are listed. */
const open = Effect.fnUntraced(function* (text: string, options?: Parameters<typeof Browser.open>[0]) {
  const origin = yield* serve(text)
  const opened = yield* Browser.open(options)
  yield* Effect.promise(() => opened.page.goto(`${origin}/`))
  return { ...opened, origin }
})

const run = <A>(act: () => Promise<A>) => Effect.promise(act)

describe("the report in Chromium", () => {
  it.live(
    "opens without complaint, asks for nothing but itself, and shows all its charts",
    () =>
      Effect.gen(function* () {
        const model = sampleModel()
        const { complaints, origin, page, requests } = yield* open(Report.render(model))
        assert.deepStrictEqual(complaints, [])
        assert.deepStrictEqual(
          requests.filter((url) => !url.startsWith("data:")),
          [`${origin}/`]
        )
        const charts = yield* run(() =>
          page.$$eval("section.card", (cards) => cards.map((card) => [card.id, card.querySelectorAll("svg").length]))
        )
        assert.deepStrictEqual(charts, [
          ["parameters", 0],
          ["accuracy", 1],
          ["comparison", 1],
          ["timeline", 1],
          ["parallel", 1],
          ["credits", 1],
          ["votes", 1],
          ["variables", model.parameters.length],
          ["decisions", 0],
          ["rounds", 0],
          ["trials", 0]
        ])
        assert.strictEqual(yield* run(() => page.locator(".mark").count()), model.trials.length)
        assert.strictEqual(
          yield* run(() => page.locator(".vote").count()),
          model.decisions.length * model.agents.length
        )
        assert.strictEqual(yield* run(() => page.locator(".fault").count()), model.faults.length)
      }),
    60_000
  )

  it.live(
    "tells about a mark under the pointer and lights the same training among the parallel lines",
    () =>
      Effect.gen(function* () {
        const model = sampleModel()
        const { complaints, page } = yield* open(Report.render(model))
        const best = model.trials.find(({ id }) => id === model.summary.bestTrialId)!
        yield* run(() => page.locator(".mark.best").hover())
        const tip = yield* run(() => page.locator("#tip.on").textContent())
        assert.include(tip ?? "", `${best.id} · ${best.agent} · round ${best.round}`)
        assert.strictEqual(yield* run(() => page.locator(".line.hover").getAttribute("data-trial")), best.id)
        yield* run(() => page.mouse.move(5, 5))
        assert.strictEqual(yield* run(() => page.locator("#tip.on").count()), 0)
        assert.deepStrictEqual(complaints, [])
      }),
    60_000
  )

  it.live(
    "keeps the parallel lines that pass where an axis is brushed, until it is clicked",
    () =>
      Effect.gen(function* () {
        const model = sampleModel()
        const { page } = yield* open(Report.render(model))
        const grip = page.locator(".paxis .grip").last()
        yield* run(() => grip.scrollIntoViewIfNeeded())
        const box = (yield* run(() => grip.boundingBox()))!
        const x = box.x + box.width / 2
        yield* run(async () => {
          await page.mouse.move(x, box.y + 2)
          await page.mouse.down()
          await page.mouse.move(x, box.y + box.height / 3, { steps: 4 })
          await page.mouse.up()
        })
        const kept = yield* run(() => page.locator(".line:not(.out)").count())
        assert.isAbove(kept, 0)
        assert.isBelow(kept, model.trials.length)
        const told = () => page.locator("#parallel-count").textContent()
        assert.strictEqual(yield* run(told), `${kept} of ${model.trials.length} trainings`)
        yield* run(() => page.mouse.click(x, box.y + box.height - 20))
        assert.strictEqual(yield* run(told), `${model.trials.length} of ${model.trials.length} trainings`)
      }),
    60_000
  )

  it.live(
    "shows one agent alone when it is chosen, and all again",
    () =>
      Effect.gen(function* () {
        const { page } = yield* open(Report.render(sampleModel()))
        const button = page.locator("[data-pick='2']")
        yield* run(() => button.click())
        assert.strictEqual(yield* run(() => button.getAttribute("aria-pressed")), "true")
        const faded = () => page.locator(".alone [data-agent]:not(.chosen)").count()
        assert.isAbove(yield* run(faded), 0)
        yield* run(() => button.click())
        assert.strictEqual(yield* run(faded), 0)
      }),
    60_000
  )

  it.live(
    "runs no script that hides in a name, and stays readable as text",
    () =>
      Effect.gen(function* () {
        const hostile = `"><script>document.title="taken"</script><img src=x onerror='document.title="taken"'>`
        const { complaints, page, requests } = yield* open(
          Report.render(sampleModel({ taint: (text) => hostile + text }))
        )
        assert.deepStrictEqual(complaints, [])
        assert.strictEqual(requests.length, 1)
        assert.strictEqual(yield* run(() => page.locator("img").count()), 0)
        const heading = yield* run(() => page.locator("h1").textContent())
        assert.include(heading ?? "", hostile)
        yield* run(() => page.locator(".mark").first().hover())
        assert.include((yield* run(() => page.locator("#tip.on").textContent())) ?? "", "onerror")
        assert.notStrictEqual(yield* run(() => page.title()), "taken")
      }),
    60_000
  )

  it.live(
    "has a dark theme, and fits its width at 1200 and at 600 pixels",
    () =>
      Effect.gen(function* () {
        const text = Report.render(sampleModel({ agents: 12, workers: 4 }))
        const wide = yield* open(text, { colorScheme: "dark" })
        const background = yield* run(() => wide.page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert.strictEqual(background, "rgb(14, 19, 27)")
        const narrow = yield* open(text, { width: 600 })
        for (const [{ page }, width] of [
          [wide, 1200],
          [narrow, 600]
        ] as const) {
          assert.isAtMost(Number(yield* run(() => page.evaluate("document.documentElement.scrollWidth"))), width)
        }
      }),
    60_000
  )

  it.live(
    "lets no two labels of a chart lie on each other",
    () =>
      Effect.gen(function* () {
        for (const options of [{}, { agents: 12, workers: 4, rounds: 25 }, { interrupted: true, rounds: 2 }]) {
          const { page } = yield* open(Report.render(sampleModel(options)))
          assert.deepStrictEqual(yield* run(() => page.evaluate(Browser.misplaced("svg"))), [], JSON.stringify(options))
        }
      }),
    60_000
  )
})
