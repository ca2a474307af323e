import { assert, describe, it } from "@effect/vitest"
import { linesOf, rowsMax } from "../../src/calculators/Table.ts"

const pipe = { isLive: false, colour: false, columns: () => 80 }

describe("Table", () => {
  it("shows plain values aligned, records as rows, and duels in the order of their rows", () => {
    const answer = {
      mechanism: "x",
      sold: true,
      winner: null,
      price: 0.1 + 0.2,
      winners: ["a", "b"],
      none: [],
      clearing: { low: 1, high: 2 },
      payments: { ann: 10, bob: 5, cleo: 0 },
      trades: [
        { buyer: "b1", seller: "s1", qty: 10 },
        { buyer: "b2", seller: "s2", qty: 5 }
      ],
      book: { bids: [], asks: [] },
      pairwise: { a: { b: 3 }, b: { a: 2 } },
      nested: { irv: { winners: ["a"], scores: { a: 1, b: 2, c: 3 } } }
    }
    assert.deepStrictEqual(linesOf(answer, pipe), [
      "mechanism  x",
      "sold       yes",
      "winner     –",
      "price      0.3",
      "winners    a, b",
      "none       none",
      "clearing   low 1 · high 2",
      "payments",
      "  ann   10",
      "  bob    5",
      "  cleo   0",
      "trades",
      "  buyer  seller  qty",
      "  b1     s1       10",
      "  b2     s2        5",
      "book",
      "  bids  none",
      "  asks  none",
      "pairwise",
      "     a  b",
      "  a     3",
      "  b  2",
      "nested",
      "  irv",
      "    winners  a",
      "    scores",
      "      a  1",
      "      b  2",
      "      c  3"
    ])
  })

  it("shows what several parts have in common once, and a refusal in its part as one", () => {
    const pairwise = { a: { b: 3 }, b: { a: 2 } }
    const other = { a: { b: 4 }, b: { a: 1 } }
    const error = { tag: "Odd", message: "n: odd", path: ["n"] }
    const answer = { x: { n: 1, pairwise }, y: { n: 2, pairwise }, z: { pairwise: other, n: 3 }, w: { error } }
    assert.deepStrictEqual(linesOf(answer, pipe), [
      "x",
      "  n  1",
      "  pairwise",
      "       a  b",
      "    a     3",
      "    b  2",
      "y",
      "  n         2",
      "  pairwise  as under x",
      "z",
      "  pairwise",
      "       a  b",
      "    a     4",
      "    b  1",
      "  n  3",
      "w  refused  n: odd  (Odd)"
    ])
  })

  it("numbers the answers of a list, names those with an id, and shows refusals in their place", () => {
    const list = [{ id: "a", n: 1 }, { error: { tag: "Odd", message: "n: odd", path: ["n"] } }, { n: 2 }]
    assert.deepStrictEqual(linesOf(list, pipe), [
      "── 1: a",
      "n  1",
      "",
      "── 2",
      "refused  n: odd  (Odd)",
      "",
      "── 3",
      "n  2"
    ])
    assert.deepStrictEqual(linesOf([], pipe), ["no inputs, no answers"])
  })

  it("lets nothing steer the terminal, colours only where there is colour, and cuts to a terminal's width", () => {
    const answer = {
      "\u001b[31mkey": "\u001b]0;title\u0007",
      list: { a: "\u001b[2J", b: "x\u202ey\u2066z\u2028", c: 2 }
    }
    assert.notMatch(linesOf(answer, pipe).join("\n"), /[^\n -~·–]/)
    assert.include(linesOf(answer, { ...pipe, colour: true }).join("\n"), "\u001b[36mlist\u001b[0m")
    const long = { text: "x".repeat(90) }
    assert.lengthOf(linesOf(long, { ...pipe, isLive: true, columns: () => 40 })[0] ?? "", 40)
    assert.lengthOf(linesOf(long, pipe)[0] ?? "", 96)
  })

  it("says how many rows it leaves out", () => {
    const lines = linesOf({ rows: Array.from({ length: rowsMax + 5 }, (_, n) => [n, n]) }, pipe)
    assert.lengthOf(lines, 1 + rowsMax + 1)
    assert.strictEqual(lines.at(-1), "  … and 5 more; --json has all")
  })
})
