/**
 * What a calculating command does apart from files and screens: bytes in, text out. Pure.
 *
 * **Guarantees** A document that cannot be read, or a single input that is refused, gives a sentence with its place; a list
 * always gives a list, in which a refused input has its `error`. Receipts and a drawing come only with an answer.
 *
 * @since 0.1.0
 */
import { CombinatorialGenerator, SealedReceipt } from "@mabeam/economics"
import { Effect, Result } from "effect"
import * as Plot from "../plot/Plot.ts"
import * as Answers from "./Answers.ts"
import { choiceOf } from "./choices.ts"
import * as JsonText from "./JsonText.ts"

/** The commands that calculate with a document. */
export type Noun = "auction" | "market" | "book" | "vote" | "consensus" | "verify" | "clock"

/** What a worker is asked for. */
export type Request =
  | {
      readonly _tag: "Solve"
      readonly noun: Noun
      readonly bytes: Uint8Array
      readonly wantsReceipt: boolean
      readonly wantsPlot: boolean
    }
  | {
      readonly _tag: "Generate"
      readonly options: CombinatorialGenerator.Options
      /** All on one line; otherwise a line for each bid. */
      readonly isCompact: boolean
    }

/** What a worker answers. */
export type Reply =
  | {
      readonly _tag: "Answered"
      /** One JSON document. */
      readonly json: string
      readonly inputs: number
      /** How many of a list were refused. */
      readonly refused: number
      readonly receipt: string | undefined
      readonly plot: string | undefined
    }
  | { readonly _tag: "Refused"; readonly message: string }

/** Answers a request; `tell` hears how far a list has come. */
export const run = (request: Request, tell: (done: number, of: number) => void): Effect.Effect<Reply> =>
  Effect.catch(request._tag === "Generate" ? Effect.fromResult(generate(request)) : solve(request, tell), (message) =>
    Effect.succeed<Reply>({ _tag: "Refused", message })
  )

const generate = ({
  isCompact,
  options
}: Extract<Request, { readonly _tag: "Generate" }>): Result.Result<Reply, string> =>
  CombinatorialGenerator.generate(options).pipe(
    Result.map((input): Reply => ({
      _tag: "Answered",
      json: isCompact ? JSON.stringify(input) : spread(input),
      inputs: 1,
      refused: 0,
      receipt: undefined,
      plot: undefined
    })),
    // A place in the options begins with the name of one.
    Result.mapError(({ message }) => `--${message}`)
  )

const spread = ({ bids, goods, mechanism }: CombinatorialGenerator.Input): string =>
  [
    `{ "mechanism": ${JSON.stringify(mechanism)},`,
    `  "goods": ${JSON.stringify(goods)},`,
    '  "bids": [',
    bids.map((bid) => `    ${JSON.stringify(bid)}`).join(",\n"),
    "  ] }"
  ].join("\n")

const solve = Effect.fnUntraced(function* (
  { bytes, noun, wantsPlot, wantsReceipt }: Extract<Request, { readonly _tag: "Solve" }>,
  tell: (done: number, of: number) => void
) {
  const choice = yield* choiceOf(noun)
  const document = yield* Effect.fromResult(JsonText.decode(bytes))
  const { isList, outcomes } = yield* Answers.solve(choice, document, tell)
  const [first] = outcomes
  if (!isList && first?._tag === "Refused") return yield* Effect.fail(first.offence.message)
  if (wantsPlot && (isList || first === undefined)) {
    return yield* Effect.fail("--plot draws one input; this is a list of inputs")
  }
  const plot = wantsPlot && first?._tag === "Answered" ? yield* Effect.fromResult(plotOf(first)) : undefined
  const answers = outcomes.map((outcome) => Answers.toJson(choice, outcome))
  const receipts = wantsReceipt ? outcomes.flatMap(receiptOf) : []
  const reply: Reply = {
    _tag: "Answered",
    json: JSON.stringify(isList ? answers : answers[0]),
    inputs: outcomes.length,
    refused: outcomes.filter(({ _tag }) => _tag === "Refused").length,
    receipt: wantsReceipt ? JSON.stringify(isList ? receipts : receipts[0]) : undefined,
    plot
  }
  return reply
})

const plotOf = (outcome: Extract<Answers.Outcome, { readonly _tag: "Answered" }>) =>
  Result.mapError(
    Plot.draw(outcome.calculator.name, outcome.inputs, outcome.answer.decision),
    (because) => `--plot: ${because}`
  )

const receiptOf = (outcome: Answers.Outcome): ReadonlyArray<SealedReceipt.SealedReceipt> =>
  outcome._tag === "Refused"
    ? []
    : [
        SealedReceipt.seal({
          mechanism: outcome.calculator.name,
          version: outcome.calculator.version,
          inputs: outcome.inputs,
          decision: outcome.answer.decision
        })
      ]
