/**
 * What `mabeam study plot` does.
 *
 * **Guarantees** The file is written whole or not at all, and nothing is written to the studies. What there is nothing to draw of is a figure that
 * says so; what the study cannot have, such as a front of one objective, is refused.
 *
 * @since 0.1.0
 */
import { BadOption } from "@apps/demo/Options"
import type { EdfPlot, Importance, Plot } from "@mabeam/optimize"
import { Effect, Option, Result } from "effect"
import * as Files from "../calculators/Files.ts"
import { type Figure, standalone } from "./plot/figure.ts"
import * as Figures from "./plot/figures.ts"
import type { KindName } from "./plot/kinds.ts"
import { page } from "./plot/page.ts"
import * as StudyVerbs from "./StudyVerbs.ts"

export interface Given {
  readonly storage: string
  readonly study: ReadonlyArray<string>
  readonly kind: ReadonlyArray<"all" | KindName>
  readonly param: ReadonlyArray<string>
  readonly objective: number
  readonly out: string
}

const formatOf = (file: string) => {
  const ending = /\.(html|htm|svg)$/i.exec(file)?.[1]?.toLowerCase()
  if (ending !== undefined) return Effect.succeed(ending === "svg" ? "svg" : "html")
  const problem = "its ending says neither page nor drawing"
  return Effect.fail(new BadOption({ option: "--out", value: file, problem, fix: "Give a name with .html or .svg." }))
}

/** What a plot refuses, in terms of the command line. */
const badOption =
  ({ objective, param, study }: Given, kind: ReadonlyArray<string>) =>
  (refusal: Plot.InvalidPlot | Importance.InvalidOption): BadOption => {
    const bad = (option: string, value: string, fix: string) =>
      new BadOption({ option, value, problem: refusal.problem, fix })
    switch (refusal.option) {
      case "objective":
        return bad("--objective", String(objective), "Objectives are counted from 0.")
      case "variables":
        return bad("--param", param.join(", "), "study show lists the variables.")
      case "studies":
        return bad("--study", study.join(", "), "Give studies that can be compared.")
      default:
        return bad("--kind", kind.join(", "), "Leave --kind out to draw what makes sense of the study.")
    }
  }

const figuresOf = (
  kinds: ReadonlyArray<KindName>,
  given: Figures.Given
): Result.Result<ReadonlyArray<Figure>, Plot.InvalidPlot | Importance.InvalidOption> =>
  kinds.length === 0 ? Figures.all(given) : Result.all(kinds.map((kind) => Figures.figureOf(kind, given)))

/** Draws the studies that are asked for. */
export const run = Effect.fnUntraced(function* (given: Given) {
  const format = yield* formatOf(given.out)
  const target = { option: "--out", file: given.out }
  yield* Files.checkTargets(given.storage, [target])
  const { param, storage, study } = given
  const main = yield* StudyVerbs.read({ storage, study: Option.fromUndefinedOr(study[0]) })
  const others = yield* Effect.forEach(study.slice(1), (name) => StudyVerbs.read({ storage, study: Option.some(name) }))
  const named = new Map([main, ...others].map((read): readonly [string, EdfPlot.Named] => [read.name, read]))
  const isAll = given.kind.length === 0 || given.kind.includes("all")
  const kinds = isAll ? [] : [...new Set(given.kind)].flatMap((kind) => (kind === "all" ? [] : [kind]))
  const wanted: Figures.Given = {
    state: main.state,
    studies: [...named.values()],
    objective: given.objective,
    variables: param
  }
  const figures = yield* Effect.mapError(Effect.fromResult(figuresOf(kinds, wanted)), badOption(given, kinds))
  yield* Files.write(target, format === "svg" ? standalone(figures) : page(main.name, figures, wanted))
})
