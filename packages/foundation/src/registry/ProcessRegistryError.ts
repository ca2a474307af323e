/**
 * How the registry refuses. What storage does to it is a `BackendError`.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { AnyRef } from "../process/Process.ts"

const named = { namespace: Schema.String, key: Schema.String }

/** The key or the namespace is none: keys have 1 to 255 characters, namespaces are `production` or `test/<id>`. */
export class InvalidName extends Schema.TaggedError<InvalidName>("@foundation/core/ProcessRegistry/InvalidName")(
  "InvalidName",
  { ...named, problem: Schema.String }
) {
  override get message() {
    return `no process can be registered as ${JSON.stringify(short(this.key))} in ${JSON.stringify(short(this.namespace))}: ${this.problem}`
  }
}

/** Someone else holds the name. */
export class NameTaken extends Schema.TaggedError<NameTaken>("@foundation/core/ProcessRegistry/NameTaken")(
  "NameTaken",
  {
    ...named,
    /** The label of the process that holds the name. */
    holder: Schema.String,
    node: Schema.String
  }
) {
  /** The process that holds the name, if it lives in this program. It does not travel with the encoded error. */
  readonly ref: AnyRef | undefined = undefined
  override get message() {
    return `"${this.key}" in "${this.namespace}" is held by "${this.holder}" on ${this.node}`
  }
}

/** Nobody holds the name, or no process of this node does. */
export class NotRegistered extends Schema.TaggedError<NotRegistered>("@foundation/core/ProcessRegistry/NotRegistered")(
  "NotRegistered",
  {
    ...named,
    /** The node that holds the name, when it is not this one. */
    node: Schema.optionalKey(Schema.String)
  }
) {
  override get message() {
    const where = this.node === undefined ? "nobody is" : `only a process of ${this.node} is`
    return `${where} registered as "${this.key}" in "${this.namespace}"`
  }
}

/** Only the owner may take a name back. */
export class NotOwner extends Schema.TaggedError<NotOwner>("@foundation/core/ProcessRegistry/NotOwner")("NotOwner", {
  ...named,
  holder: Schema.String,
  node: Schema.String
}) {
  override get message() {
    return `"${this.key}" in "${this.namespace}" names "${this.holder}" on ${this.node} and belongs to another owner`
  }
}

/** The metadata is not what may be registered here. */
export class InvalidMetadata extends Schema.TaggedError<InvalidMetadata>(
  "@foundation/core/ProcessRegistry/InvalidMetadata"
)("InvalidMetadata", { ...named, problem: Schema.String }) {
  override get message() {
    return `the metadata for "${this.key}" is not valid: ${this.problem}`
  }
}

/** The metadata is over its limit. */
export class MetadataTooLarge extends Schema.TaggedError<MetadataTooLarge>(
  "@foundation/core/ProcessRegistry/MetadataTooLarge"
)("MetadataTooLarge", { ...named, bytes: Schema.Int, bytesMax: Schema.Int }) {
  override get message() {
    return `the metadata for "${this.key}" has ${this.bytes} bytes of JSON, the limit is ${this.bytesMax}`
  }
}

/** The metadata has changed since it was read: read again, decide again. */
export class RevisionConflict extends Schema.TaggedError<RevisionConflict>(
  "@foundation/core/ProcessRegistry/RevisionConflict"
)("RevisionConflict", { ...named, expected: Schema.Int, actual: Schema.Int }) {
  override get message() {
    return `the metadata of "${this.key}" is at revision ${this.actual}, expected ${this.expected}`
  }
}

/** No index was declared for the field. */
export class UnknownField extends Schema.TaggedError<UnknownField>("@foundation/core/ProcessRegistry/UnknownField")(
  "UnknownField",
  { namespace: Schema.String, field: Schema.String, declared: Schema.Array(Schema.String) }
) {
  override get message() {
    const declared = this.declared.length === 0 ? "none" : this.declared.join(", ")
    return `"${this.field}" is not an indexed field of "${this.namespace}" (declared: ${declared})`
  }
}

/** The operator is none of a query's. */
export class UnknownOperator extends Schema.TaggedError<UnknownOperator>(
  "@foundation/core/ProcessRegistry/UnknownOperator"
)("UnknownOperator", { field: Schema.String, operator: Schema.String }) {
  override get message() {
    return `"${this.operator}" is not an operator (on "${this.field}"); use =, in, has, <, <=, > or >=`
  }
}

/** The operator cannot compare with this value. */
export class InvalidOperand extends Schema.TaggedError<InvalidOperand>(
  "@foundation/core/ProcessRegistry/InvalidOperand"
)("InvalidOperand", { field: Schema.String, operator: Schema.String, expected: Schema.String }) {
  override get message() {
    return `"${this.field} ${this.operator}" needs ${this.expected}`
  }
}

/** The predicate of a query threw. */
export class PredicateFailed extends Schema.TaggedError<PredicateFailed>(
  "@foundation/core/ProcessRegistry/PredicateFailed"
)("PredicateFailed", { ...named, cause: Schema.Defect() }) {
  override get message() {
    const what = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `the predicate threw on "${this.key}": ${what}`
  }
}

/** More was asked for at once than one step gives. */
export class LimitExceeded extends Schema.TaggedError<LimitExceeded>("@foundation/core/ProcessRegistry/LimitExceeded")(
  "LimitExceeded",
  { what: Schema.String, asked: Schema.Finite, max: Schema.Int }
) {
  override get message() {
    return `${this.what}: asked for ${this.asked}, possible are 1 to ${this.max}`
  }
}

/** Only a process can register itself. */
export class NotAProcess extends Schema.TaggedError<NotAProcess>("@foundation/core/ProcessRegistry/NotAProcess")(
  "NotAProcess",
  named
) {
  override get message() {
    return `"${this.key}" was to be registered by a process for itself, but the caller is no process`
  }
}

/** Only test namespaces are cleaned up as a whole. */
export class NotATestNamespace extends Schema.TaggedError<NotATestNamespace>(
  "@foundation/core/ProcessRegistry/NotATestNamespace"
)("NotATestNamespace", { namespace: Schema.String }) {
  override get message() {
    return `"${this.namespace}" is not a test namespace: its processes are not stopped as a whole`
  }
}

const short = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
