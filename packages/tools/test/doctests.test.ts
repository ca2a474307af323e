import { assert, beforeAll, describe, it } from "@effect/vitest"
import * as DocTests from "../src/doctests.ts"
import * as Examples from "../src/doctests/examples.ts"

const fence = "```"

/** Programs that must pass. */
const good: Readonly<Record<string, string>> = {
  "a value": "1 + 1 // => 2",
  "a string in either quotes": '"a" + \'b\' // => "ab"',
  "an initializer": "const a: ReadonlyArray<number> = [1, 2] // => [1, 2]\na",
  "an object over several lines": 'const o = {\n  a: 1,\n  b: "x"\n} // => { a: 1, b: "x" }\no',
  "a printed line": 'console.log("a", 1, { b: [2] }) // => a 1 { b: [2] }',
  "printed lines below": "for (const n of [1, 2]) console.log(n)\n// => 1\n// => 2",
  "a line printed by an effect":
    'import { Console, Effect } from "effect"\n' +
    "Effect.runSync(Effect.gen(function*() {\n  const n = yield* Effect.succeed(1)\n  yield* Console.log(n) // => 1\n}))",
  "a value inside a generator":
    'import { Effect } from "effect"\n' +
    "Effect.runSync(Effect.gen(function*() {\n  return yield* Effect.succeed([1]) // => [1]\n}))",
  "an Option by its own words": 'import { Option } from "effect"\nOption.some(1) // => some(1)',
  "a promise": "Promise.resolve(3) // => 3",
  "a late print": 'setTimeout(() => {\n  console.log("late") // => late\n}, 20)',
  "a workspace package": 'import { VectorClock } from "@foundation/core"\nexport type A = typeof VectorClock'
}

/** Programs that must fail, with a part of the message and the line in the document (they start at line 10). */
const bad: Readonly<Record<string, readonly [code: string, line: number, message: RegExp]>> = {
  "a wrong value": ["\n1 + 1 // => 3", 11, /expected 3, got 2/],
  "a wrong print": ['console.log("a") // => b', 10, /expected b, got a/],
  "a missing print": ["for (const n of [1]) console.log(n)\n// => 1\n// => 2", 11, /expected 1 \| 2, got 1/],
  "a print too many": ["for (const n of [1, 2]) console.log(n) // => 1", 10, /expected 1, got 1 \| 2/],
  "a line that never runs": ["const f = () => {\n  console.log(1) // => 1\n}\nexport { f }", 11, /never ran/],
  "a type error": ["const a: number = 'a'\na", 10, /TS2322/],
  "a floating effect": ['import { Effect } from "effect"\nEffect.succeed(1)', 11, /floatingEffect/],
  "an error thrown": ["\n\nthrow new Error('oh')", 12, /threw Error: oh/],
  "a rejection nobody handles": ["void Promise.reject(new Error('oh'))", 10, /nobody handled: Error: oh/],
  "an exit": ["process.exit(1)", 10, /process\.exit\(1\)/],
  "an endless wait": ["await new Promise(() => setInterval(() => {}, 1000))", 10, /did not end within/],
  "a comment after nothing": ["// => 1\nconst a = 1\nexport { a }", 10, /must follow the end of a statement/],
  "a comment after no value": ["if (process.pid > 0) {\n} // => 1", 11, /must follow an expression/],
  "an unknown module": ['import "@foundation/nothing"', 10, /Cannot find/]
}

const planted = [...Object.values(good), ...Object.values(bad).map(([code]) => code)]
const noRun = { path: "planted.md", line: 10, code: "throw new Error('not run') // => anything", run: false }
const own = Examples.all()
let failures: ReadonlyArray<ReadonlyArray<DocTests.Failure>> = []

describe("doc tests", () => {
  beforeAll(async () => {
    const examples = planted.map((code): Examples.Example => ({ path: "planted.md", line: 10, code, run: true }))
    const found = await Promise.all([
      DocTests.check(own),
      DocTests.check([...examples, noRun], { limits: { loadMillis: 4_000, settleMillis: 300 } })
    ])
    failures = found.flat()
  }, 240_000)

  if (own.length > 0) {
    it.each(own.map((example, index) => [`${example.path}:${example.line}`, index] as const))("%s", (_, index) => {
      const lines = failures[index]?.map(({ line, message, path }) => `${path}:${line} ${message}`)
      assert.deepStrictEqual(lines, [])
    })
  }

  it.each(Object.keys(good).map((name, index) => [name, own.length + index] as const))("accepts %s", (_, index) => {
    assert.deepStrictEqual(failures[index], [])
  })

  it.each(
    Object.entries(bad).map(
      ([name, [, line, message]], index) =>
        [name, own.length + Object.keys(good).length + index, line, message] as const
    )
  )("refuses %s", (_, index, line, message) => {
    const found = failures[index] ?? []
    assert.isTrue(
      found.some((it) => it.line === line && message.test(it.message)),
      `expected ${line} ${String(message)}, found ${JSON.stringify(found)}`
    )
  })

  it("an example marked no-run is type-checked only", () => {
    assert.deepStrictEqual(failures.at(-1), [])
  })
})

describe("examples", () => {
  it("a Markdown file gives its ts fences with their lines, whatever their indent", () => {
    const text = `# A\n\n${fence}ts\n1 // => 1\n${fence}\n\n${fence}sh\nls\n${fence}\n\n- b\n\n  ${fence}ts no-run\n  2\n  ${fence}\n`
    assert.deepStrictEqual(Examples.fromMarkdown({ path: "a.md", text }), [
      { path: "a.md", line: 4, code: "1 // => 1", run: true },
      { path: "a.md", line: 14, code: "2", run: false }
    ])
  })

  it("a doc comment gives the fences after its Example marker", () => {
    const comment = (marker: string): string =>
      `/**\n * Text.\n *\n * ${marker}\n *\n * ${fence}ts\n * 1\n * ${fence}\n */`
    const text = `${comment("**Details**")}\nexport const a = 1\n\n${comment("**Example** (one)")}\nexport const b = 2\n`
    assert.deepStrictEqual(Examples.fromSource({ path: "a.ts", text }), [
      { path: "a.ts", line: 18, code: "1", run: true }
    ])
  })

  it("a fence without an end and an unknown mark are errors with their place", () => {
    assert.throws(
      () => Examples.fromMarkdown({ path: "a.md", text: `\n${fence}ts\n1` }),
      /a\.md:2 the fence has no end/
    )
    assert.throws(
      () => Examples.fromMarkdown({ path: "a.md", text: `${fence}ts norun\n1\n${fence}` }),
      /a\.md:1 unknown mark "norun"/
    )
  })
})
