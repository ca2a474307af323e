/** The pictures in a real browser: nothing is asked for, nothing lies on each other, in light and in dark. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import chromium from "@sparticuz/chromium"
import { readFileSync } from "node:fs"
import { chromium as driver } from "playwright-core"
import * as Calculation from "../src/calculators/Calculation.ts"
import { examples } from "./calculators/examples.ts"

const drawn = Object.entries(examples).filter(([, { noun }]) => ["auction", "market", "book"].includes(noun))

const drawings = Effect.forEach(drawn, ([name, { noun }]) => {
  const bytes = readFileSync(new URL(`../examples/${name}.json`, import.meta.url))
  return Effect.map(
    Calculation.run({ _tag: "Solve", noun, bytes, wantsReceipt: false, wantsPlot: true }, () => undefined),
    (reply) => ({ name, svg: reply._tag === "Answered" ? (reply.plot ?? "") : reply.message })
  )
})

const browser = Effect.acquireRelease(
  Effect.promise(async () =>
    driver.launch({ args: chromium.args, executablePath: await chromium.executablePath(), headless: true })
  ),
  (launched) => Effect.promise(() => launched.close())
)

/** Texts that lie on each other or outside, and the colour behind: a program for the page. */
const look = `(() => {
  const frame = document.querySelector("svg").getBoundingClientRect()
  const texts = [...document.querySelectorAll("svg text")].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }))
  const found = []
  texts.forEach((a, i) => {
    if (a.box.left < frame.left || a.box.right > frame.right || a.box.top < frame.top || a.box.bottom > frame.bottom) found.push("outside: " + a.text)
    for (const b of texts.slice(i + 1)) {
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left)
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top)
      if (across > 1 && down > 4) found.push(a.text + " | " + b.text)
    }
  })
  return { found, background: getComputedStyle(document.querySelector(".bg")).fill }
})()`

describe("pictures in Chromium", () => {
  it.live(
    "are whole and readable, ask for nothing, and follow the theme",
    () =>
      Effect.gen(function* () {
        const launched = yield* browser
        for (const [scheme, background] of [
          ["light", "rgb(255, 255, 255)"],
          ["dark", "rgb(23, 30, 41)"]
        ] as const) {
          const page = yield* Effect.promise(() => launched.newPage({ colorScheme: scheme }))
          const requests: Array<string> = []
          page.on("request", (request) => requests.push(request.url()))
          for (const { name, svg } of yield* drawings) {
            yield* Effect.promise(() => page.setContent(svg))
            assert.deepStrictEqual<unknown>(
              yield* Effect.promise(() => page.evaluate(look)),
              { found: [], background },
              name
            )
          }
          assert.deepStrictEqual(requests, [])
        }
      }),
    120_000
  )
})
