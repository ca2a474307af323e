/**
 * Terms: the indexed values of an entry. Which terms an entry has, whether they meet the conditions of a query, and the
 * index that finds entries by term.
 */
import type { Condition, Json, Metadata, Scalar, Term } from "../RegistryStore.ts"

const noTerms: ReadonlyArray<Term> = []

const isScalar = (value: Json | undefined): value is Scalar =>
  value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"

/** The value of a field; dots lead into nested records: `resources.memory`. */
export const valueOf = (metadata: Metadata, path: ReadonlyArray<string>): Json | undefined => {
  let value: Json | undefined = metadata
  for (const step of path) {
    if (value === null || typeof value !== "object" || Array.isArray(value) || !Object.hasOwn(value, step)) {
      return undefined
    }
    value = (value as Metadata)[step]
  }
  return value
}

/** The terms of an entry with this metadata, for these fields. */
export const termsOf = (
  fields: ReadonlyMap<string, ReadonlyArray<string>> | undefined,
  metadata: Metadata
): ReadonlyArray<Term> => {
  if (fields === undefined) return noTerms
  const terms: Array<Term> = []
  for (const [field, path] of fields) {
    const value = valueOf(metadata, path)
    if (isScalar(value)) terms.push({ field, member: false, value })
    else if (Array.isArray(value)) {
      for (const member of new Set<Json>(value))
        if (isScalar(member)) terms.push({ field, member: true, value: member })
    }
  }
  return terms.length === 0 ? noTerms : terms
}

/** Whether one value meets a condition. */
const holds = (value: Scalar, condition: Condition): boolean => {
  switch (condition.operator) {
    case "=":
    case "has":
      return value === condition.value
    case "in":
      return condition.value.includes(value)
    case "<":
      return typeof value === "number" && value < condition.value
    case "<=":
      return typeof value === "number" && value <= condition.value
    case ">":
      return typeof value === "number" && value > condition.value
    case ">=":
      return typeof value === "number" && value >= condition.value
  }
}

/** Whether the terms of an entry meet all conditions. */
export const meets = (terms: ReadonlyArray<Term>, conditions: ReadonlyArray<Condition>): boolean =>
  conditions.every((condition) =>
    terms.some(
      (term) =>
        term.field === condition.field && term.member === (condition.operator === "has") && holds(term.value, condition)
    )
  )

type Buckets = Map<Scalar, Set<string>>

/** Finds keys by term. */
export class TermIndex {
  private readonly scalars = new Map<string, Buckets>()
  private readonly members = new Map<string, Buckets>()

  add(key: string, terms: ReadonlyArray<Term>): void {
    for (const { field, member, value } of terms) {
      const fields = member ? this.members : this.scalars
      let buckets = fields.get(field)
      if (buckets === undefined) fields.set(field, (buckets = new Map()))
      const bucket = buckets.get(value)
      if (bucket === undefined) buckets.set(value, new Set([key]))
      else bucket.add(key)
    }
  }

  remove(key: string, terms: ReadonlyArray<Term>): void {
    for (const { field, member, value } of terms) {
      const fields = member ? this.members : this.scalars
      const buckets = fields.get(field)
      const bucket = buckets?.get(value)
      bucket?.delete(key)
      if (bucket?.size !== 0) continue
      buckets!.delete(value)
      if (buckets!.size === 0) fields.delete(field)
    }
  }

  /** Keys among which all that meet the conditions are: those of the most selective condition. */
  candidates(conditions: ReadonlyArray<Condition>): Iterable<string> {
    let best: ReadonlyArray<ReadonlySet<string>> = []
    let least = Infinity
    for (const condition of conditions) {
      const buckets = this.bucketsOf(condition)
      const size = buckets.reduce((sum, bucket) => sum + bucket.size, 0)
      if (size >= least) continue
      least = size
      best = buckets
    }
    return best.length === 1 ? best[0]! : best.flatMap((bucket) => [...bucket])
  }

  private bucketsOf(condition: Condition): ReadonlyArray<ReadonlySet<string>> {
    const buckets = (condition.operator === "has" ? this.members : this.scalars).get(condition.field)
    if (buckets === undefined) return []
    if (condition.operator === "=" || condition.operator === "has") return present([buckets.get(condition.value)])
    if (condition.operator === "in") return present([...new Set(condition.value)].map((value) => buckets.get(value)))
    return [...buckets].filter(([value]) => holds(value, condition)).map(([, bucket]) => bucket)
  }
}

const present = (buckets: ReadonlyArray<Set<string> | undefined>): ReadonlyArray<Set<string>> =>
  buckets.filter((bucket) => bucket !== undefined)
