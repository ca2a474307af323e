/**
 * How shared variables refuse.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

const show = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value)
  return typeof value === "object" && value !== null ? "an object" : String(value)
}

/** A variable of this name is defined already. */
export class VariableExists extends Schema.TaggedError<VariableExists>("@mabeam/core/Variables/VariableExists")(
  "VariableExists",
  { name: Schema.String }
) {
  override get message() {
    return `variable "${this.name}" is defined already`
  }
}

/** No variable has this name. */
export class VariableNotFound extends Schema.TaggedError<VariableNotFound>("@mabeam/core/Variables/VariableNotFound")(
  "VariableNotFound",
  { name: Schema.String }
) {
  override get message() {
    return `there is no variable "${this.name}"`
  }
}

/** A variable cannot be defined like this. */
export class InvalidDefinition extends Schema.TaggedError<InvalidDefinition>(
  "@mabeam/core/Variables/InvalidDefinition"
)("InvalidDefinition", {
  name: Schema.String,
  field: Schema.Literals(["name", "type", "owner", "policy", "scope", "historyMax", "restored"]),
  because: Schema.String
}) {
  override get message() {
    return `variable "${this.name}" has an invalid ${this.field}: ${this.because}`
  }
}

/** As many variables are defined as the limit allows. */
export class TooManyVariables extends Schema.TaggedError<TooManyVariables>("@mabeam/core/Variables/TooManyVariables")(
  "TooManyVariables",
  { variablesMax: Schema.Int }
) {
  override get message() {
    return `${this.variablesMax} variables are defined, which is the limit`
  }
}

/** The value is not of the variable's type. */
export class InvalidValue extends Schema.TaggedError<InvalidValue>("@mabeam/core/Variables/InvalidValue")(
  "InvalidValue",
  {
    name: Schema.String,
    value: Schema.Unknown,
    /** What the type allows, in words. */
    allowed: Schema.String
  }
) {
  override get message() {
    return `"${this.name}" is ${this.allowed}, not ${show(this.value)}`
  }
}

/** Only its owner changes the variable, or, under the consensus policy, only an accepted proposal. */
export class NotPermitted extends Schema.TaggedError<NotPermitted>("@mabeam/core/Variables/NotPermitted")(
  "NotPermitted",
  { name: Schema.String, by: Schema.String, owner: Schema.String, policy: Schema.Literals(["owner", "consensus"]) }
) {
  override get message() {
    return this.policy === "owner"
      ? `"${this.name}" belongs to ${this.owner}; ${this.by} may not change it`
      : `"${this.name}" changes only by an accepted proposal; ${this.by} may propose one`
  }
}

/** The variable is not in the version that the change was made for. */
export class VersionConflict extends Schema.TaggedError<VersionConflict>("@mabeam/core/Variables/VersionConflict")(
  "VersionConflict",
  { name: Schema.String, expected: Schema.Int, actual: Schema.Int }
) {
  override get message() {
    return `"${this.name}" is in version ${this.actual}, not ${this.expected}`
  }
}

/** The history of the variable does not hold this version, or not any more. */
export class VersionNotFound extends Schema.TaggedError<VersionNotFound>("@mabeam/core/Variables/VersionNotFound")(
  "VersionNotFound",
  { name: Schema.String, version: Schema.Int, oldest: Schema.Int, newest: Schema.Int }
) {
  override get message() {
    return `the history of "${this.name}" holds the versions ${this.oldest} to ${this.newest}, not ${this.version}`
  }
}

/** The variable belongs to its owner alone: there is nothing to vote on. */
export class NotShared extends Schema.TaggedError<NotShared>("@mabeam/core/Variables/NotShared")("NotShared", {
  name: Schema.String,
  owner: Schema.String
}) {
  override get message() {
    return `"${this.name}" is changed by its owner, ${this.owner}, and by no vote`
  }
}

/** The team did not accept the proposal. */
export class NotAccepted extends Schema.TaggedError<NotAccepted>("@mabeam/core/Variables/NotAccepted")("NotAccepted", {
  session: Schema.String,
  outcome: Schema.String
}) {
  override get message() {
    return `session ${this.session} ended with "${this.outcome}"`
  }
}

/** The receipt is not one of a change of variables, or is not in order. */
export class InvalidReceipt extends Schema.TaggedError<InvalidReceipt>("@mabeam/core/Variables/InvalidReceipt")(
  "InvalidReceipt",
  {
    session: Schema.String,
    because: Schema.Literals([
      "its outcome does not follow from its votes",
      "its rule is weaker than the one for variables",
      "its proposal does not say which variables change from which versions"
    ])
  }
) {
  override get message() {
    return `the receipt of session ${this.session} changes nothing: ${this.because}`
  }
}

/** This program's coordination knows no such decision: the receipt is forged, foreign, or too old. */
export class UnknownReceipt extends Schema.TaggedError<UnknownReceipt>("@mabeam/core/Variables/UnknownReceipt")(
  "UnknownReceipt",
  { session: Schema.String }
) {
  override get message() {
    return `no decision of session ${this.session} is known like this receipt`
  }
}

/** The receipt has changed variables already. */
export class ReceiptUsed extends Schema.TaggedError<ReceiptUsed>("@mabeam/core/Variables/ReceiptUsed")("ReceiptUsed", {
  session: Schema.String
}) {
  override get message() {
    return `the receipt of session ${this.session} has been used`
  }
}
