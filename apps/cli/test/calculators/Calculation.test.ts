import { assert, describe, it } from "@effect/vitest"
import { Calculators, ReceiptVerification } from "@mabeam/economics"
import { Effect, Option } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import * as Calculation from "../../src/calculators/Calculation.ts"
import { examples, fields } from "./examples.ts"

const folder = new URL("../../examples/", import.meta.url)
const fileOf = (name: string) => readFileSync(new URL(`${name}.json`, folder), "utf8")

const solve = (noun: Calculation.Noun, document: unknown, wants: "answer" | "receipt" | "plot" = "answer") =>
  Calculation.run(
    {
      _tag: "Solve",
      noun,
      bytes: new TextEncoder().encode(typeof document === "string" ? document : JSON.stringify(document)),
      wantsReceipt: wants === "receipt",
      wantsPlot: wants === "plot"
    },
    () => undefined
  )

const answered = (reply: Calculation.Reply) => {
  if (reply._tag === "Refused") throw new Error(reply.message)
  return reply
}

/** Whether `found` has all that `expected` says. */
const includes = (found: unknown, expected: unknown, place: string): void => {
  if (typeof expected === "number") assert.approximately(Number(found), expected, 1e-9, place)
  else if (Array.isArray(expected)) {
    assert.strictEqual(Array.isArray(found) ? found.length : found, expected.length, place)
    expected.forEach((part, index) => includes(Object(found)[index], part, `${place}[${index}]`))
  } else if (typeof expected === "object" && expected !== null) {
    for (const [key, part] of Object.entries(expected)) includes(Object(found)[key], part, `${place}.${key}`)
  } else assert.strictEqual(found, expected, place)
}

describe("the examples", () => {
  it("are all known here", () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.json$/, ""))
    assert.deepStrictEqual(files.sort(), Object.keys(examples).sort())
  })

  for (const [name, { answer, noun }] of Object.entries(examples)) {
    it.effect(`${name} is answered as it has to be`, () =>
      Effect.gen(function* () {
        const found: unknown = JSON.parse(answered(yield* solve(noun, fileOf(name))).json)
        includes(found, answer, name)
        const { mechanism: _mechanism, kind: _kind, rule: _rule, ...rest } = Object(found)
        assert.sameMembers(Object.keys(rest), [...(fields[name] ?? [])])
        if (noun !== "auction") return
        // What every auction says beside its decision.
        assert.isString(Object(found)["tieBreak"])
        for (const { declared, holds } of Object.values<Record<string, unknown>>(Object(Object(found)["properties"]))) {
          assert.isBoolean(declared)
          assert.include([true, false, "unchecked"], holds)
        }
      })
    )

    if (noun !== "verify" && noun !== "clock") {
      it.effect(`what ${name} decides can be sealed, and verified from its input alone`, () =>
        Effect.gen(function* () {
          const document: unknown = JSON.parse(fileOf(name))
          const { mechanism, kind, rule, ...rest } = Object(document)
          // A consensus names its rule among the inputs of the one calculator.
          const isNamed = noun === "auction" || noun === "market" || noun === "vote"
          const called = isNamed ? (mechanism ?? kind ?? rule) : noun
          const calculator = Option.getOrThrow(Calculators.lookup(called))
          const receipt = yield* ReceiptVerification.issue(calculator, isNamed ? rest : document)
          const verdict = answered(yield* solve("verify", { receipt }))
          assert.deepStrictEqual(JSON.parse(verdict.json), { valid: true, differences: [] })
        })
      )
    }

    if (noun === "auction") {
      it.effect(`the receipt of ${name} can be verified, as it is and as { receipt }, and a forgery is found out`, () =>
        Effect.gen(function* () {
          const receipt = answered(yield* solve(noun, fileOf(name), "receipt")).receipt ?? ""
          const verdicts = yield* solve("verify", `[${receipt}, {"id": 1, "receipt": ${receipt}}]`)
          const valid = { valid: true, differences: [] }
          assert.deepStrictEqual(JSON.parse(answered(verdicts).json), [valid, { id: 1, ...valid }])
          const forged = JSON.parse(receipt)
          forged.decision.extra = 1
          const { differences, valid: isValid } = JSON.parse(answered(yield* solve("verify", forged)).json)
          assert.isFalse(isValid)
          assert.deepStrictEqual(
            differences.map(({ path }: { readonly path: ReadonlyArray<string> }) => path.join(".")),
            ["decision.extra", "hash"]
          )
        })
      )
    }

    if (noun === "auction" || noun === "market" || noun === "book") {
      it.effect(`${name} has a picture`, () =>
        Effect.gen(function* () {
          const svg = answered(yield* solve(noun, fileOf(name), "plot")).plot ?? ""
          assert.match(svg, /^<svg\s[^]*<\/svg\s*>\n$/)
          assert.notMatch(svg, /NaN|Infinity|undefined|href|@import|<script/)
          // Light and dark, a title, axes with titles, a legend.
          for (const piece of ["prefers-color-scheme:dark", "<title>", 'class="unit"', 'y="88"'])
            assert.include(svg, piece)
        })
      )
    }
  }
})

describe("lists", () => {
  it.effect("are answered in order; of the receipts, those of the answered are kept", () =>
    Effect.gen(function* () {
      const good = JSON.parse(fileOf("second-price"))
      const list = [{ ...good, id: "a" }, { ...good, id: "b", reserve: -1 }, good]
      const reply = answered(yield* solve("auction", list, "receipt"))
      const [a, b, c] = JSON.parse(reply.json)
      assert.deepStrictEqual([a.id, a.price, "id" in c, c.price], ["a", 12, false, 12])
      assert.deepStrictEqual(Object.keys(b), ["id", "error"])
      assert.deepStrictEqual([b.id, b.error.tag, b.error.path], ["b", "InvalidAmount", ["reserve"]])
      assert.deepStrictEqual([reply.inputs, reply.refused], [3, 1])
      assert.lengthOf(JSON.parse(reply.receipt ?? ""), 2)
    })
  )

  it.effect("of order books are lists of lists", () =>
    Effect.gen(function* () {
      const reply = answered(yield* solve("book", [[], JSON.parse(fileOf("book")), [5]]))
      const [empty, full, bad] = JSON.parse(reply.json)
      assert.deepStrictEqual(empty.trades, [])
      assert.lengthOf(full.trades, 5)
      assert.deepStrictEqual(bad.error.path, [0])
      assert.deepStrictEqual(JSON.parse(answered(yield* solve("book", [])).json).trades, [])
    })
  )
})

describe("generate", () => {
  it.effect("writes an input that can be solved, on one line or on many", () =>
    Effect.gen(function* () {
      const options = { family: "regions", bids: 12, goods: 9, seed: 3 } as const
      const make = (isCompact: boolean) => Calculation.run({ _tag: "Generate", options, isCompact }, () => undefined)
      const compact = answered(yield* make(true)).json
      const wide = answered(yield* make(false)).json
      assert.deepStrictEqual(JSON.parse(wide), JSON.parse(compact))
      assert.notInclude(compact, "\n")
      assert.lengthOf(wide.split("\n"), 12 + 4)
      assert.isTrue(JSON.parse(answered(yield* solve("auction", wide)).json).optimal)
    })
  )

  it.effect("names the option that cannot be met", () =>
    Effect.gen(function* () {
      const options = { family: "matching", bids: 5, goods: 2, seed: 1 } as const
      const reply = yield* Calculation.run({ _tag: "Generate", options, isCompact: true }, () => undefined)
      assert.deepStrictEqual(reply, { _tag: "Refused", message: '--goods: "matching" needs at least 8 goods' })
    })
  )
})

describe("bad input is refused with its place", () => {
  const bid = (amount: unknown, bidder: unknown = "a") => ({ bidder, amount })
  const auction = (...bids: ReadonlyArray<unknown>) => ({ mechanism: "second-price", bids })
  const cases: ReadonlyArray<readonly [noun: Calculation.Noun, document: unknown, message: RegExp]> = [
    ["auction", "{", /^line 1, column 2: the text ends/],
    ["auction", 5, /^the input: Expected object/],
    ["auction", null, /^the input: Expected object/],
    ["auction", "text", /^line 1, column 1/],
    ["auction", { bids: [] }, /^mechanism: Expected one of first-price/],
    [
      "auction",
      { mechanism: "frist-price", bids: [] },
      /^mechanism: "frist-price" is not among .*; did you mean "first-price"\?$/
    ],
    ["auction", { mechanism: "first-price" }, /^bids: /],
    ["auction", auction(bid(-1)), /^bids\[0\]\.amount: -1 is not an amount/],
    ["auction", auction(bid("1e5")), /^bids\[0\]\.amount: "1e5" is not an amount/],
    ["auction", auction(bid("1/0")), /^bids\[0\]\.amount: "1\/0" is not an amount/],
    ["auction", auction(bid(null)), /^bids\[0\]\.amount: /],
    ["auction", auction(bid(1), bid(2)), /^bids\[1\]\.bidder: "a" was there before/],
    ["auction", auction({ bidder: "a" }), /^bids\[0\]\.amount: /],
    ["auction", auction(bid(1, 7)), /^bids\[0\]\.bidder: /],
    ["auction", auction({ ...bid(1), note: "x" }), /^bids\[0\]\.note: /],
    ["auction", { ...auction(), reserve: -0.5 }, /^reserve: -0\.5 is not an amount/],
    ["auction", { ...auction(), id: [1] }, /^id: Expected text or a number/],
    ["auction", { mechanism: "english", values: [], startPrice: 1, increment: 0 }, /^increment: /],
    ["auction", { mechanism: "double-k", buyers: [], sellers: [], k: 2 }, /^k: /],
    [
      "auction",
      { mechanism: "vcg", goods: ["x"], bids: [{ id: "1", bidder: "a", items: ["y"], price: 1 }] },
      /^bids\[0\]\.items\[0\]: "y" is not among/
    ],
    ["auction", { mechanism: "call", orders: [{ id: "1", side: "hold", qty: 1 }] }, /^orders\[0\]\.side: /],
    ["market", { kind: "fisher-linear", budgets: [1], utilities: [[1, 2]], supplies: [1] }, /^utilities/],
    ["market", { kind: "barter" }, /^kind: "barter" is not among/],
    ["market", { kind: "fisher-ces", budgets: [1], weights: [[1]], sigma: [1], supplies: [1] }, /^sigma\[0\]: /],
    ["book", { t: 1 }, /^the input: /],
    ["book", [{ t: 1, id: "a", op: "buy" }], /^\[0\]/],
    ["vote", { rule: "consensus", candidates: [], ballots: [] }, /^rule: "consensus" is not among/],
    [
      "vote",
      { rule: "irv", candidates: ["a", "b"], ballots: [{ count: 1, ranking: [["a", "b"]] }] },
      /^ballots\[0\]\.ranking/
    ],
    ["vote", { rule: "borda", candidates: ["a", "b"], ballots: [{ count: 1, ranking: [["a"]] }] }, /^ballots\[0\]/],
    ["vote", { rule: "borda", candidates: ["a", "a"], ballots: [] }, /^candidates\[1\]: "a" was there before/],
    [
      "consensus",
      {
        participants: ["a"],
        votes: [
          { voter: "a", vote: "accept" },
          { voter: "a", vote: "reject" }
        ]
      },
      /^votes\[1\]/
    ],
    ["consensus", { participants: 3, votes: [{ voter: "1", vote: "maybe" }] }, /^votes\[0\]\.vote: /],
    ["verify", { valuationKind: "magic" }, /^valuationKind: /],
    [
      "verify",
      { receipt: { mechanism: "lottery", version: 1, inputs: {}, decision: {}, hash: "" } },
      /^receipt\.mechanism: "lottery"/
    ],
    ["verify", { receipt: 5 }, /^receipt: /],
    [
      "clock",
      { processes: ["p"], events: [{ p: "q", kind: "local" }] },
      /^events\[0\]\.p: "q" is not among the processes/
    ]
  ]
  for (const [noun, document, message] of cases) {
    it.effect(`${noun} ${JSON.stringify(document).slice(0, 90)}`, () =>
      Effect.gen(function* () {
        const reply = yield* solve(noun, document, "receipt")
        assert.strictEqual(reply._tag, "Refused", JSON.stringify(reply))
        if (reply._tag === "Refused") assert.match(reply.message, message)
      })
    )
  }
})

describe("pictures", () => {
  const refused: ReadonlyArray<readonly [Calculation.Noun, unknown, string]> = [
    ["auction", { mechanism: "first-price", bids: [] }, "--plot: there are no bids to draw"],
    ["auction", { mechanism: "vcg", goods: ["x"], bids: [] }, "--plot: there are no bids to draw"],
    ["auction", { mechanism: "double-vcg", buyers: [], sellers: [] }, "--plot: there are no bids to draw"],
    ["auction", [], "--plot draws one input; this is a list of inputs"],
    [
      "auction",
      { mechanism: "first-price", bids: [{ bidder: "a", amount: 1e301 }] },
      "--plot: the numbers are too large to be drawn"
    ],
    ["book", [], "--plot: nothing was traded, so there is no path of prices to draw"]
  ]
  for (const [noun, document, message] of refused) {
    it.effect(message, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* solve(noun, document, "plot"), { _tag: "Refused", message })
      })
    )
  }

  it.effect("no name becomes markup, and none is lost", () =>
    Effect.gen(function* () {
      const bidder = `"><script>alert(1)</script>&\u0000\uffff`
      const svg =
        answered(yield* solve("auction", { mechanism: "first-price", bids: [{ bidder, amount: 1 }] }, "plot")).plot ??
        ""
      assert.notInclude(svg, "<script")
      assert.notInclude(svg, "\u0000")
      assert.notInclude(svg, "\uffff")
      assert.include(svg, "&quot;&gt;&lt;script")
    })
  )

  const amounts: ReadonlyArray<ReadonlyArray<number>> = [
    [0],
    [5e-324],
    [1e299],
    [1e15, 1e15 + 0.125],
    [1e-300, 1e299],
    [0, 0, 0]
  ]
  for (const given of amounts) {
    it.effect(`amounts like ${given.join(" and ")} can be drawn`, () =>
      Effect.gen(function* () {
        const bids = given.map((amount, index) => ({ bidder: `b${index}`, amount }))
        const svg = answered(yield* solve("auction", { mechanism: "first-price", bids }, "plot")).plot ?? ""
        assert.notMatch(svg, /NaN|Infinity/)
      })
    )
  }

  const books: ReadonlyArray<readonly [t: number, price: number]> = [
    [1, 0.5],
    [0, 1e16],
    [1e16, 5e-324]
  ]
  for (const [t, price] of books) {
    it.effect(`trades around time ${t} and price ${price} can be drawn, with ticks on both axes`, () =>
      Effect.gen(function* () {
        const order = (id: string, side: string, add: number) => ({
          t,
          id,
          op: "limit",
          side,
          price: price + add,
          qty: 1
        })
        // Doubles that lie next to each other: no ticks fit between them.
        const log = [
          order("a", "sell", 0),
          order("b", "buy", 0),
          order("c", "sell", price / 2 ** 52),
          order("d", "buy", 2 * price)
        ]
        const svg = answered(yield* solve("book", log, "plot")).plot ?? ""
        assert.notMatch(svg, /NaN|Infinity/)
        assert.isAbove(svg.split('text-anchor="end"').length, 2)
        assert.isAbove(svg.split('text-anchor="middle"').length, 3)
      })
    )
  }

  it.effect("a demand that no price lowers is drawn up to the price, where it meets supply", () =>
    Effect.gen(function* () {
      const market = { kind: "supply-demand", demand: { a: 10, b: 0 }, supply: { c: -4, d: 0.5 } }
      const svg = answered(yield* solve("market", market, "plot")).plot ?? ""
      const [, dot] = /<circle class="dot" cx="[\d.]+" cy="([\d.]+)" r="6"/.exec(svg) ?? []
      for (const side of ["demand", "supply"]) {
        const [, path = ""] = new RegExp(`class="${side}"><path class="line" d="([^"]+)"`).exec(svg) ?? []
        const heights = Array.from(path.matchAll(/[ML][\d.]+ ([\d.]+)/g), ([, y]) => Number(y))
        // Heights are counted from the top.
        assert.isAtMost(Math.min(...heights), Number(dot), side)
      }
    })
  )

  it.effect("many bids are one shape", () =>
    Effect.gen(function* () {
      const bids = Array.from({ length: 20_000 }, (_, index) => ({
        bidder: `b${index}`,
        amount: (index * 7919) % 1000
      }))
      const reply = yield* solve("auction", { mechanism: "k-unit-vickrey", units: 50, bids }, "plot")
      assert.isBelow((answered(reply).plot ?? "").length, 100_000)
    })
  )
})
