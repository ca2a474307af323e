/**
 * Everything storage and network do to a service: one error with a `reason`.
 *
 * Open it with `Effect.catchReason("BackendError", "Unavailable", …)`. Refusals of the domain (a version conflict, a
 * held lock) are never a `BackendError`.
 *
 * **Guarantees** Each failure of a backend reaches the caller as exactly one of the reasons below, with the operation
 * that failed. `retryable` says whether the same call may succeed later without anyone's help.
 *
 * **Does not guarantee** After `Timeout` and `Unavailable` the write may or may not have happened: repeat it under the
 * same ids.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

const fields = {
  /** The step that failed, e.g. `EventLog.commit`. */
  operation: Schema.String,
  /** What the backend said, in one line. */
  detail: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}

/** The backend cannot be reached, or it closed the connection. */
export class Unavailable extends Schema.TaggedError<Unavailable>("@foundation/core/BackendError/Unavailable")(
  "Unavailable",
  fields
) {
  override get message() {
    return `${this.operation}: the backend is unavailable: ${this.detail}`
  }
}

/** The backend did not answer in time. */
export class Timeout extends Schema.TaggedError<Timeout>("@foundation/core/BackendError/Timeout")("Timeout", fields) {
  override get message() {
    return `${this.operation}: the backend did not answer in time: ${this.detail}`
  }
}

/** Others hold what the operation needs (a database lock, a serialization conflict). */
export class Busy extends Schema.TaggedError<Busy>("@foundation/core/BackendError/Busy")("Busy", fields) {
  override get message() {
    return `${this.operation}: the backend is busy: ${this.detail}`
  }
}

/** No room is left (disk, quota, page limit). Nothing of the operation was kept. */
export class Full extends Schema.TaggedError<Full>("@foundation/core/BackendError/Full")("Full", fields) {
  override get message() {
    return `${this.operation}: the backend is full: ${this.detail}`
  }
}

/** The backend refuses these credentials or this right. */
export class Denied extends Schema.TaggedError<Denied>("@foundation/core/BackendError/Denied")("Denied", fields) {
  override get message() {
    return `${this.operation}: the backend denies access: ${this.detail}`
  }
}

/** Stored bytes are not what was written. They are never skipped in silence. */
export class Corrupt extends Schema.TaggedError<Corrupt>("@foundation/core/BackendError/Corrupt")("Corrupt", fields) {
  override get message() {
    return `${this.operation}: stored bytes are corrupt: ${this.detail}`
  }
}

/** A failure that fits no other reason; the cause says more. */
export class Unknown extends Schema.TaggedError<Unknown>("@foundation/core/BackendError/Unknown")("Unknown", fields) {
  override get message() {
    return `${this.operation}: the backend failed: ${this.detail}`
  }
}

/** Why a backend failed. */
export const Reason = Schema.Union([Unavailable, Timeout, Busy, Full, Denied, Corrupt, Unknown])
export type Reason = typeof Reason.Type

const retryable: ReadonlySet<Reason["_tag"]> = new Set(["Unavailable", "Timeout", "Busy"])

/** A backend failed; `reason` says how. */
export class BackendError extends Schema.TaggedError<BackendError>("@foundation/core/BackendError")("BackendError", {
  reason: Reason
}) {
  override get message() {
    return this.reason.message
  }
  /** Whether the same call may succeed later by itself. */
  get retryable(): boolean {
    return retryable.has(this.reason._tag)
  }
}

/** A `BackendError` with reason `Corrupt`. */
export const corrupt = (operation: string, detail: string): BackendError =>
  new BackendError({ reason: new Corrupt({ operation, detail }) })
