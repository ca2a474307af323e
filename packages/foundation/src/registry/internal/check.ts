/** What a request must be before the store is asked: names, metadata, queries. */
import { Context, Option, Result, Schema } from "effect"
import type { RpcGroup } from "effect/rpc"
import {
  InvalidMetadata,
  InvalidName,
  InvalidOperand,
  LimitExceeded,
  MetadataTooLarge,
  UnknownField,
  UnknownOperator
} from "../ProcessRegistryError.ts"
import type { Condition, Metadata } from "../RegistryStore.ts"
import { copyMetadata, MetadataProblem, metadataBytesMax } from "./metadata.ts"

export const keyLengthMax = 255

const problemOf = (text: string): string | undefined => {
  if (typeof text !== "string") return "it is not a text"
  if (text.length === 0) return "it is empty"
  if (text.length > keyLengthMax) return `it is longer than ${keyLengthMax} characters`
  if (!text.isWellFormed() || text.includes("\u0000")) return "it is not well-formed text without NUL"
  return undefined
}

/** What is wrong with a namespace, if anything. */
export const namespaceProblem = (namespace: string): string | undefined => {
  if (namespace === "production") return undefined
  if (!namespace.startsWith("test/") || namespace.length === 5) return "its namespace is not production or test/<id>"
  const problem = problemOf(namespace)
  return problem === undefined ? undefined : `of its namespace: ${problem}`
}

export const CurrentNamespace = Context.Reference<"production" | `test/${string}`>(
  "@foundation/core/ProcessRegistry/Namespace",
  { defaultValue: () => "production" }
)

/** The decoder that metadata under a name must pass. */
export type MetadataSchema = Schema.ConstraintDecoder<unknown>

/** A name, as the registry sees it. */
export class NameImpl {
  readonly key: string
  readonly namespace: string | undefined
  readonly protocol: RpcGroup.Any
  readonly metadata: MetadataSchema | undefined
  /** What is wrong with the name, found once. */
  readonly problem: string | undefined

  constructor(
    key: string,
    namespace: string | undefined,
    protocol: RpcGroup.Any,
    metadata: MetadataSchema | undefined
  ) {
    this.key = key
    this.namespace = namespace
    this.protocol = protocol
    this.metadata = metadata
    this.problem = problemOf(key) ?? (namespace === undefined ? undefined : namespaceProblem(namespace))
  }
}

/** Why nobody can be registered under a name in a namespace, if so. */
export const checkName = (name: NameImpl, namespace: string): InvalidName | undefined => {
  const problem = name.problem ?? (name.namespace === undefined ? namespaceProblem(namespace) : undefined)
  return problem === undefined ? undefined : new InvalidName({ namespace, key: String(name.key), problem })
}

/** A copy of the metadata that a name admits. */
export const checkMetadata = (
  name: NameImpl,
  namespace: string,
  metadata: unknown
): Metadata | InvalidMetadata | MetadataTooLarge => {
  const copy = copyMetadata(metadata)
  const { key } = name
  if (copy instanceof MetadataProblem) {
    const { bytes, problem } = copy
    if (bytes === undefined) return new InvalidMetadata({ namespace, key, problem })
    return new MetadataTooLarge({ namespace, key, bytes, bytesMax: metadataBytesMax })
  }
  if (name.metadata === undefined) return copy
  const decoded = Schema.decodeResult(name.metadata)(copy, { errors: "all" })
  return Result.isSuccess(decoded) ? copy : new InvalidMetadata({ namespace, key, problem: decoded.failure.message })
}

const isScalar = (value: unknown): boolean =>
  value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)

/** What a condition of this operator compares with, or that there is no such operator. */
const operands: ReadonlyMap<string, readonly [what: string, is: (value: unknown) => boolean]> = new Map([
  ["=", ["a text, a number, a boolean or null", isScalar]],
  ["has", ["a text, a number, a boolean or null", isScalar]],
  ["in", ["an array of texts, numbers, booleans or nulls", (value) => Array.isArray(value) && value.every(isScalar)]],
  ["<", ["a number", Number.isFinite]],
  ["<=", ["a number", Number.isFinite]],
  [">", ["a number", Number.isFinite]],
  [">=", ["a number", Number.isFinite]]
])

export type QueryProblem = UnknownField | UnknownOperator | InvalidOperand

/** What is wrong with the conditions of a query, if anything. Conditions may come from outside, whatever the types say. */
export const checkConditions = (
  namespace: string,
  declared: ReadonlyMap<string, unknown> | undefined,
  conditions: ReadonlyArray<Condition>
): Option.Option<QueryProblem> => {
  for (const { field, operator, value } of conditions) {
    if (declared?.has(field) !== true) {
      return Option.some(new UnknownField({ namespace, field: String(field), declared: [...(declared?.keys() ?? [])] }))
    }
    const operand = operands.get(operator)
    if (operand === undefined) return Option.some(new UnknownOperator({ field, operator: String(operator) }))
    if (!operand[1](value)) return Option.some(new InvalidOperand({ field, operator, expected: operand[0] }))
  }
  return Option.none()
}

/** What is wrong with a limit, if anything. */
export const checkLimit = (what: string, asked: number, max: number): LimitExceeded | undefined =>
  Number.isInteger(asked) && asked >= 1 && asked <= max ? undefined : new LimitExceeded({ what, asked, max })

/** Names are made by `ProcessRegistry.name` alone. */
export const implOf = (name: { readonly key: string }): NameImpl => {
  if (name instanceof NameImpl) return name
  throw new TypeError(`"${name.key}" is not a name: make it with ProcessRegistry.name`)
}

/** Whether a process that serves one protocol serves the other, too. */
export const serves = (protocol: RpcGroup.Any, wanted: RpcGroup.Any): boolean => {
  if (protocol === wanted) return true
  const requests = "requests" in protocol && protocol.requests instanceof Map ? protocol.requests : new Map()
  const others = "requests" in wanted && wanted.requests instanceof Map ? wanted.requests : new Map()
  for (const [tag, rpc] of others) if (requests.get(tag) !== rpc) return false
  return true
}
