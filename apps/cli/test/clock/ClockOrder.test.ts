import { type Calculator } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { calculator, eventsMax } from "../../src/clock/ClockOrder.ts"
import { type Event, pastsOf } from "./reference.ts"

const decide = (input: unknown): Calculator.JsonObject =>
  Result.getOrThrow(calculator.solve(input) as Result.Result<Calculator.Answer, never>).decision
const history = (processes: ReadonlyArray<string>, ...events: ReadonlyArray<unknown>) => ({ processes, events })
const send = (p: string, msg: unknown) => ({ p, kind: "send", msg })
const recv = (p: string, msg: unknown) => ({ p, kind: "recv", msg })

/** A history of three processes from a seed: any process may receive what was sent, also twice. */
const randomHistory = (
  seed: number
): { readonly processes: ReadonlyArray<string>; readonly events: ReadonlyArray<Event> } => {
  let state = seed
  const chance = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const processes = ["p", "q", "r"]
  const events: Array<Event> = []
  let sent = 0
  for (let count = chance(14); count > 0; count--) {
    const p = processes[chance(3)]!
    const kind = chance(3)
    if (kind === 0) events.push({ p, kind: "local" })
    else if (kind === 1 || sent === 0) events.push({ p, kind: "send", msg: `m${sent++}` })
    else events.push({ p, kind: "recv", msg: `m${chance(sent)}` })
  }
  return { processes, events }
}

describe("clock order", () => {
  it("clocks and relations are those of the paths between events, in 2,000 random histories", () => {
    for (let seed = 1; seed <= 2_000; seed++) {
      const given = randomHistory(seed)
      const pasts = pastsOf(given.events)
      const clocks = pasts.map((past) =>
        Object.fromEntries(
          given.processes.flatMap((p) => {
            const count = [...past].filter((index) => given.events[index]?.p === p).length
            return count === 0 ? [] : [[p, count]]
          })
        )
      )
      const relations = pasts.flatMap((_, i) =>
        pasts.flatMap((past, j) => (j > i ? [[i, j, past.has(i) ? "before" : "concurrent"]] : []))
      )
      assert.deepStrictEqual<unknown>(decide(given), { clocks, relations }, `seed ${seed}`)
    }
  })

  it("a message may be received by several, by its sender, and by one process again", () => {
    const given = history(["p", "q", "r"], send("p", 1), recv("q", 1), recv("r", 1), recv("p", 1), recv("q", 1))
    assert.deepStrictEqual<unknown>(decide(given)["clocks"], [
      { p: 1 },
      { p: 1, q: 1 },
      { p: 1, r: 1 },
      { p: 2 },
      { p: 1, q: 2 }
    ])
  })

  it("compares two clocks and merges them; zeros and the order of keys do not matter", () => {
    assert.deepStrictEqual<unknown>(decide({ a: { p: 1, q: 0 }, b: { q: 2, p: 1 } }), {
      relation: "before",
      merge: { p: 1, q: 2 }
    })
    assert.deepStrictEqual<unknown>(decide({ a: { p: 2 }, b: { p: 1, q: 0 } }), { relation: "after", merge: { p: 2 } })
    assert.deepStrictEqual<unknown>(decide({ a: { p: 2 }, b: { q: 1 } }), {
      relation: "concurrent",
      merge: { p: 2, q: 1 }
    })
    assert.deepStrictEqual<unknown>(decide({ a: { p: 0 }, b: {} }), { relation: "equal", merge: {} })
  })

  it("a process may be called as what objects inherit", () => {
    const given = JSON.parse('{"a": {"__proto__": 2, "constructor": 1}, "b": {"__proto__": 1}}')
    assert.strictEqual(JSON.stringify(decide(given)), '{"relation":"after","merge":{"__proto__":2,"constructor":1}}')
  })

  const refused: ReadonlyArray<
    readonly [what: string, input: unknown, tag: string, path: ReadonlyArray<string | number>]
  > = [
    [
      "a receipt before the sending",
      history(["p", "q"], recv("q", "m"), send("p", "m")),
      "NotSent",
      ["events", 0, "msg"]
    ],
    ["a message nobody sends", history(["p"], recv("p", 3)), "NotSent", ["events", 0, "msg"]],
    [
      "a message sent twice",
      history(["p", "q"], send("p", "m"), send("q", "m")),
      "DuplicateName",
      ["events", 1, "msg"]
    ],
    ["an unknown process", history(["p"], { p: "x", kind: "local" }), "UnknownName", ["events", 0, "p"]],
    ["a process named twice", history(["p", "p"]), "DuplicateName", ["processes", 1]],
    [
      "a local event with a message",
      history(["p"], { p: "p", kind: "local", msg: "m" }),
      "InvalidFormat",
      ["events", 0, "msg"]
    ],
    ["a sending of nothing", history(["p"], { p: "p", kind: "send" }), "InvalidFormat", ["events", 0, "msg"]],
    ["a receipt of nothing", history(["p"], { p: "p", kind: "recv" }), "InvalidFormat", ["events", 0, "msg"]],
    ["another kind", history(["p"], { p: "p", kind: "receive", msg: "m" }), "InvalidFormat", ["events", 0, "kind"]],
    ["an unknown key", history(["p"], { p: "p", kind: "local", at: 1 }), "InvalidFormat", ["events", 0, "at"]],
    ["a process without a name", history([""]), "InvalidFormat", ["processes", 0]],
    ["no processes", { events: [] }, "InvalidFormat", ["processes"]],
    [
      "too many events",
      history(["p"], ...Array.from({ length: eventsMax + 1 }, () => ({ p: "p", kind: "local" }))),
      "TooLarge",
      ["events"]
    ],
    ["a negative count", { a: { p: -1 }, b: {} }, "InvalidFormat", ["a", "p"]],
    ["half an event", { a: { p: 0.5 }, b: {} }, "InvalidFormat", ["a", "p"]],
    ["a count beyond all bounds", { a: { p: 2 ** 53 }, b: {} }, "InvalidFormat", ["a", "p"]],
    ["one clock alone", { a: {} }, "InvalidFormat", ["b"]],
    ["nothing", null, "InvalidFormat", []]
  ]
  for (const [what, input, tag, path] of refused) {
    it(`refuses ${what}`, () => {
      const outcome = calculator.solve(input)
      assert.deepStrictEqual<unknown>(
        Result.isFailure(outcome) ? [outcome.failure._tag, outcome.failure.path] : outcome,
        [tag, path]
      )
    })
  }
})
