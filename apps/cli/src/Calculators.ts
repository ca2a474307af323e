/**
 * The commands that calculate: `auction`, `market`, `vote`, `verify`, `clock`.
 *
 * **Guarantees** What is answered goes to stdout: one JSON document with `--json`, otherwise a table. A bad input is said on
 * stderr and leaves stdout empty; of a list, the good ones are answered. Either way the command then ends with 2.
 *
 * @since 0.1.0
 */
import * as Options from "@apps/demo/Options"
import * as Screen from "@apps/demo/Screen"
import * as Text from "@apps/demo/Text"
import { Effect, Option, Runtime, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import type { Noun, Reply, Request } from "./calculators/Calculation.ts"
import * as CalculationWorker from "./calculators/CalculationWorker.ts"
import * as Files from "./calculators/Files.ts"
import * as Table from "./calculators/Table.ts"
import * as Waiting from "./calculators/Waiting.ts"

/** Some inputs of a list were refused, the others were answered. The program ends with 2. */
export class SomeRefused extends Schema.TaggedError<SomeRefused>("@apps/cli/Calculators/SomeRefused")("SomeRefused", {
  file: Schema.String,
  refused: Schema.Int,
  of: Schema.Int
}) {
  override readonly [Runtime.errorExitCode] = 2
  override get message() {
    return Text.clean(
      `${this.file}: ${this.refused} of ${this.of} inputs ${this.refused === 1 ? "was" : "were"} refused; their "error" says why`
    )
  }
}

const calculate = Effect.fnUntraced(function* (request: Request, file: string) {
  const stderr = yield* Screen.stderr
  let progress: Waiting.Progress = { done: 0, of: 0 }
  const asking = CalculationWorker.ask(request, (done, of) => {
    progress = { done, of }
  })
  const reply = yield* Waiting.during(asking, () => progress, stderr)
  return reply._tag === "Refused" ? yield* new Files.BadDocument({ file, problem: reply.message }) : reply
})

type Answered = Extract<Reply, { readonly _tag: "Answered" }>

const print = Effect.fnUntraced(function* ({ json }: Answered, asJson: boolean) {
  const screen = yield* Screen.stdout
  if (asJson) screen.write(`${json}\n`)
  else
    screen.write(
      Table.linesOf(JSON.parse(json), screen)
        .map((line) => `${line}\n`)
        .join("")
    )
  yield* screen.flush
})

interface Given {
  readonly file: string
  readonly json: boolean
  readonly receipt?: Option.Option<string> | undefined
  readonly plot?: Option.Option<string> | undefined
}

const solve = (noun: Noun) =>
  Effect.fnUntraced(function* ({ file, json, ...given }: Given) {
    const receipt = targetOf("--receipt", given.receipt)
    const plot = targetOf("--plot", given.plot)
    yield* Files.checkTargets(
      file,
      [receipt, plot].filter((it) => it !== undefined)
    )
    const bytes = yield* Files.read(file)
    const name = Files.nameOf(file)
    const wanted = { wantsReceipt: receipt !== undefined, wantsPlot: plot !== undefined }
    const reply = yield* calculate({ _tag: "Solve", noun, bytes, ...wanted }, name)
    if (receipt !== undefined && reply.receipt !== undefined) yield* Files.write(receipt, `${reply.receipt}\n`)
    if (plot !== undefined && reply.plot !== undefined) yield* Files.write(plot, reply.plot)
    yield* print(reply, json)
    if (reply.refused > 0) return yield* new SomeRefused({ file: name, refused: reply.refused, of: reply.inputs })
  })

const targetOf = (option: string, file: Option.Option<string> | undefined): Files.Target | undefined =>
  file === undefined || Option.isNone(file) ? undefined : { option, file: file.value }

// --- flags -----------------------------------------------------------------------------------------------------------

const document = {
  file: Argument.String("FILE").pipe(
    Argument.withDescription("One JSON document: an input or a list of inputs. - reads standard input")
  ),
  json: Flag.Boolean("json").pipe(
    Flag.withDescription("Print one JSON document instead of a table"),
    Flag.withDefault(false),
    Flag.withoutNegation
  )
} as const

const receipt = Flag.String("receipt").pipe(
  Flag.withMetavar("FILE.json"),
  Flag.withDescription("Write the sealed receipt here, from which mabeam verify computes the decision again"),
  Flag.optional
)

const plot = Flag.String("plot").pipe(
  Flag.withMetavar("FILE.svg"),
  Flag.withDescription("Draw it here, as an SVG that stands alone: one input only"),
  Flag.optional
)

/** A command that answers a document. */
const answering = (
  verb: string,
  noun: Noun,
  short: string,
  description: string,
  examples: ReadonlyArray<Command.Command.Example>
) =>
  Command.make(verb, document, solve(noun)).pipe(
    Command.withDescription(description),
    Command.withShortDescription(short),
    Command.withExamples(examples)
  )

/** Where the examples lie that come along, as seen from the root of the project. */
const samples = "apps/cli/examples"

// --- auction ---------------------------------------------------------------------------------------------------------

const auctionSolve = (program: string) =>
  Command.make("solve", { ...document, receipt, plot }, solve("auction")).pipe(
    Command.withDescription(
      'Decides auctions: { "mechanism": "second-price", "bids": [{ "bidder": "ada", "amount": 10 }] }. ' +
        "Says the decision, the rule among equals and which promises of the mechanism held."
    ),
    Command.withShortDescription("Decide an auction"),
    Command.withExamples([
      {
        command: `${program} auction solve ${samples}/second-price.json`,
        description: "A sealed-bid auction, as a table"
      },
      {
        command: `${program} auction solve ${samples}/vcg.json --json --plot bids.svg`,
        description: "A combinatorial auction as JSON, and a picture of its bids"
      },
      {
        command: `${program} auction solve ${samples}/double-k.json --receipt receipt.json`,
        description: "Keep a receipt, for mabeam verify"
      }
    ])
  )

const auctionGenerate = (program: string) =>
  Command.make(
    "generate",
    {
      family: Flag.Literals("family", ["arbitrary", "regions", "paths", "matching", "scheduling"]).pipe(
        Flag.withDescription("What the bidders want: any goods, neighbours, ways, pairs of slots, times on a machine")
      ),
      bids: Options.wholeNumber("bids", 1, Number.MAX_SAFE_INTEGER).pipe(Flag.withDescription("How many bids")),
      goods: Options.wholeNumber("goods", 1, Number.MAX_SAFE_INTEGER).pipe(Flag.withDescription("How many goods")),
      seed: Options.wholeNumber("seed", 0, Number.MAX_SAFE_INTEGER).pipe(
        Flag.withDescription("Decides the bids: the same seed gives the same auction (default: 1)"),
        Flag.withDefault(1)
      ),
      json: Flag.Boolean("json").pipe(
        Flag.withDescription("All on one line (default: one line for each bid; both are JSON)"),
        Flag.withDefault(false),
        Flag.withoutNegation
      )
    },
    Effect.fnUntraced(function* ({ json, ...options }) {
      const reply = yield* calculate({ _tag: "Generate", options, isCompact: json }, "auction generate")
      yield* print(reply, true)
    })
  ).pipe(
    Command.withDescription(
      "Makes a combinatorial auction up, of the families of the Combinatorial Auction Test Suite."
    ),
    Command.withShortDescription("Make a combinatorial auction up"),
    Command.withExamples([
      {
        command: `${program} auction generate --family regions --bids 100 --goods 25 --seed 7`,
        description: "A hundred bids for neighbouring goods"
      },
      {
        command: `${program} auction generate --family paths --bids 50 --goods 30 | ${program} auction solve -`,
        description: "Make an auction up and decide it"
      }
    ])
  )

/** `mabeam auction`; `program` is how `mabeam` is called. */
export const auction = (program: string) =>
  Command.make("auction").pipe(
    Command.withDescription("Auctions: sealed, open, of many units, combinatorial, double, call markets."),
    Command.withSubcommands([auctionSolve(program), auctionGenerate(program)]),
    Command.withExamples([
      { command: `${program} auction solve ${samples}/second-price.json`, description: "Decide an auction" }
    ])
  )

// --- market ----------------------------------------------------------------------------------------------------------

const marketSolve = (program: string) =>
  Command.make("solve", { ...document, plot }, solve("market")).pipe(
    Command.withDescription(
      'Finds the prices at which a market clears: { "kind": "fisher-linear", "budgets": [1, 2], "utilities": [[2, 1], [1, 3]], "supplies": [1, 1] }.'
    ),
    Command.withShortDescription("Find the prices that clear a market"),
    Command.withExamples([
      {
        command: `${program} market solve ${samples}/fisher-linear.json`,
        description: "Prices and allocation, as a table"
      },
      {
        command: `${program} market solve ${samples}/supply-demand.json --plot market.svg`,
        description: "Supply and demand, with a picture"
      }
    ])
  )

const marketBook = (program: string) =>
  Command.make("book", { ...document, plot }, solve("book")).pipe(
    Command.withDescription(
      'Replays a continuous order book, first by price and then by time: [{ "t": 1, "id": "a", "op": "limit", "side": "buy", "price": 10, "qty": 5 }]. ' +
        "A list of such lists gives a list of answers."
    ),
    Command.withShortDescription("Replay an order book"),
    Command.withExamples([
      {
        command: `${program} market book ${samples}/book.json`,
        description: "The trades and what is left in the book"
      },
      {
        command: `${program} market book ${samples}/book.json --plot trades.svg`,
        description: "And the path of the price"
      }
    ])
  )

/** `mabeam market`. */
export const market = (program: string) =>
  Command.make("market").pipe(
    Command.withDescription("Markets: equilibrium prices, supply and demand, order books."),
    Command.withSubcommands([marketSolve(program), marketBook(program)]),
    Command.withExamples([
      { command: `${program} market solve ${samples}/fisher-linear.json`, description: "Find the prices of a market" }
    ])
  )

// --- vote, verify, clock ---------------------------------------------------------------------------------------------

/** `mabeam vote`. */
export const vote = (program: string) =>
  Command.make("vote").pipe(
    Command.withDescription("Votes: elections and committees by many rules, consensus of a team."),
    Command.withSubcommands([
      answering(
        "tally",
        "vote",
        "Count ballots",
        'Counts ballots by a rule, or by "all": { "rule": "borda", "candidates": ["a", "b"], "ballots": [{ "count": 3, "ranking": [["a"], ["b"]] }] }.',
        [{ command: `${program} vote tally ${samples}/tally.json`, description: "An election by every rule" }]
      ),
      answering(
        "consensus",
        "consensus",
        "Tell whether a proposal is accepted",
        'Says whether a proposal is accepted: { "participants": 5, "votes": [{ "voter": "1", "vote": "accept" }] }.',
        [{ command: `${program} vote consensus ${samples}/consensus.json`, description: "A vote of a team" }]
      )
    ]),
    Command.withExamples([
      { command: `${program} vote tally ${samples}/tally.json`, description: "Count an election by every rule" }
    ])
  )

/** `mabeam verify`. */
export const verify = (program: string) =>
  answering(
    "verify",
    "verify",
    "Judge an outcome or a receipt",
    "Judges an outcome by what everybody gets and pays, or computes the decision of a receipt again: what --receipt wrote is taken as it is.",
    [
      {
        command: `${program} verify ${samples}/outcome.json`,
        description: "Who would rather have been in another's place?"
      },
      { command: `${program} verify receipt.json`, description: "Does this receipt tell the truth?" }
    ]
  )

/** `mabeam clock`. */
export const clock = (program: string) =>
  Command.make("clock").pipe(
    Command.withDescription("Vector clocks: what happened before what."),
    Command.withSubcommands([
      answering(
        "order",
        "clock",
        "Put events in order",
        'The clocks of events and how each two stand to each other: { "processes": ["p", "q"], "events": [{ "p": "p", "kind": "send", "msg": "m" }, { "p": "q", "kind": "recv", "msg": "m" }] }. ' +
          'Or how two clocks do: { "a": { "p": 1 }, "b": { "q": 1 } }.',
        [{ command: `${program} clock order ${samples}/clock.json`, description: "Three processes and their messages" }]
      )
    ]),
    Command.withExamples([
      { command: `${program} clock order ${samples}/clock.json`, description: "Put events in order" }
    ])
  )
