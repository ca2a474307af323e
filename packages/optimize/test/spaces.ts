/** Spaces out of generated genes, so that a failing space shrinks to a small one. */
import { Arbitrary, Result, Schema } from "effect"
import * as SearchSpace from "../src/space/SearchSpace.ts"
import * as SpaceJson from "../src/space/SpaceJson.ts"
import type { VariableJson } from "../src/space/SpaceJson.ts"

const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))
const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Gene = Schema.Struct({
  kind: whole(0, 8),
  low: between(-1e6, 1e6),
  exponent: between(-9, 15),
  size: whole(1, 7),
  parent: whole(0, 11),
  operator: whole(0, 6),
  prior: whole(0, 5)
})
type Gene = typeof Gene.Type

const CHOICES = ["relu", "true", "1", 1, 2.5, true, `a "quoted" word`]

/** Every kind of variable, bounds from tiny to huge. */
const domainOf = ({ kind, low, exponent, size }: Gene): Omit<VariableJson, "name"> => {
  const width = 10 ** exponent
  const start = Math.round(low)
  const positive = Math.abs(start) + 1
  switch (kind) {
    case 0:
      return { type: "float", low, high: low + width }
    case 1:
      return { type: "log-float", low: 1 / positive, high: width + 1 }
    case 2:
      return { type: "float", low, high: low + size * 0.1 * Math.min(width, 1e6), step: 0.1 * Math.min(width, 1e6) }
    case 3:
      return { type: "int", low: start, high: start + Math.round(width) }
    case 4:
      return { type: "int", low: positive, high: positive + Math.round(Math.min(width, 1e12)), log: true }
    case 5:
      return { type: "int", low: start, high: start + size * 3 + 1, step: 3 }
    case 6:
      return { type: "categorical", choices: CHOICES.slice(0, size) }
    case 7:
      return { type: "ordinal", choices: CHOICES.slice(0, size) }
    default:
      return { type: "boolean" }
  }
}

const OPERATORS = ["=", "!=", "<", "<=", ">", ">=", "in"]

/** A condition on the variable, met by about half of its values or fewer. */
const conditionOn = (variable: VariableJson, operator: string, size: number): string => {
  const { name, type, low = 0, high = 1, choices = [] } = variable
  if (type === "boolean") return `${name} != false`
  if (type === "categorical" || type === "ordinal") {
    const quote = (choice: string | number | boolean) =>
      typeof choice === "string" ? `"${choice.replaceAll(`"`, `\\"`)}"` : `${choice}`
    const known = choices.slice(0, Math.max(1, size % choices.length)).map(quote)
    return operator === "in" || type === "categorical" ? `${name} in (${known})` : `${name} ${operator} ${known[0]}`
  }
  return operator === "in" ? `${name} in (${low}, ${high})` : `${name} ${operator} ${(low + high) / 2}`
}

/** For about half of the variables, where their good values are likely to lie. */
const priorOf = ({ prior, size }: Gene, variable: Omit<VariableJson, "name">): Pick<VariableJson, "prior"> => {
  const { choices, high = 1, low = 0, type } = variable
  if (prior < 3) return {}
  if (type === "boolean") return { prior: { weights: [prior, size] } }
  if (choices !== undefined) return { prior: { weights: choices.map((_, index) => (index % 3) * 1000 + 1) } }
  if (low === high || high - low >= 2 ** 40) return {}
  const [from, to] =
    prior === 3 ? [low, high] : prior === 4 ? [low, low + (high - low) / 2] : [low + (high - low) / 3, high]
  // Bounds that lie as near as rounding allows leave nothing between.
  if (!(to! - from! > (high - low) / 10)) return {}
  return { prior: { likely: [from, to] } }
}

const variablesOf = (genes: ReadonlyArray<Gene>): ReadonlyArray<VariableJson> => {
  const variables: Array<VariableJson> = []
  for (const [index, gene] of genes.entries()) {
    const parent = variables[gene.parent]
    const when = parent === undefined ? {} : { when: conditionOn(parent, OPERATORS[gene.operator]!, gene.size) }
    const domain = domainOf(gene)
    variables.push({ name: `v${index}`, ...domain, ...when, ...priorOf(gene, domain) })
  }
  return variables
}

const Genes = Schema.Array(Gene).check(Schema.isMinLength(1), Schema.isMaxLength(8))

/** A space in JSON, and seeds to do something with. */
export interface Case {
  readonly space: SearchSpace.SearchSpace
  readonly json: SpaceJson.SpaceJson
  readonly seed: number
}

/** Generated spaces, conditional to any depth, each with a seed. */
export const cases: Arbitrary.Arbitrary<Case> = Arbitrary.map(
  Arbitrary.all([Arbitrary.schema(Genes), Arbitrary.schema(whole(-1e9, 1e9))]),
  ([genes, seed]) => {
    const json = { variables: variablesOf(genes) }
    return { json, seed, space: Result.getOrThrowWith(SpaceJson.decode(json), (error) => error) }
  }
)
