/**
 * How supervisors refuse and fail.
 *
 * @since 0.1.0
 */
import { Formatter, Schema } from "effect"

const describe = (cause: unknown): string => (cause instanceof Error ? cause.message : Formatter.format(cause))

/** The child could not be started; nothing of it is left. */
export class ChildStartFailed extends Schema.TaggedError<ChildStartFailed>(
  "@foundation/core/Supervisor/ChildStartFailed"
)("ChildStartFailed", { id: Schema.String, cause: Schema.Defect() }) {
  override get message() {
    return `child "${this.id}" did not start: ${describe(this.cause)}`
  }
}

/** The supervisor already has a child of this id. */
export class ChildExists extends Schema.TaggedError<ChildExists>("@foundation/core/Supervisor/ChildExists")(
  "ChildExists",
  {
    supervisor: Schema.String,
    id: Schema.String
  }
) {
  override get message() {
    return `"${this.supervisor}" already has a child "${this.id}"`
  }
}

/** The supervisor has as many children as it may have, given up ones included. */
export class TooManyChildren extends Schema.TaggedError<TooManyChildren>("@foundation/core/Supervisor/TooManyChildren")(
  "TooManyChildren",
  { supervisor: Schema.String, childrenMax: Schema.Int }
) {
  override get message() {
    return `"${this.supervisor}" has its limit of ${this.childrenMax} children`
  }
}

/** The supervisor has no child of this id. */
export class ChildNotFound extends Schema.TaggedError<ChildNotFound>("@foundation/core/Supervisor/ChildNotFound")(
  "ChildNotFound",
  { supervisor: Schema.String, id: Schema.String }
) {
  override get message() {
    return `"${this.supervisor}" has no child "${this.id}"`
  }
}

/** Supervisors are nested deeper than the limit. */
export class SupervisionTooDeep extends Schema.TaggedError<SupervisionTooDeep>(
  "@foundation/core/Supervisor/SupervisionTooDeep"
)("SupervisionTooDeep", { supervisor: Schema.String, depthMax: Schema.Int }) {
  override get message() {
    return `"${this.supervisor}" would be nested deeper than ${this.depthMax} supervisors`
  }
}

/** Restarts came too often: the supervisor stops its children and ends, and its parent decides. */
export class RestartIntensityExceeded extends Schema.TaggedError<RestartIntensityExceeded>(
  "@foundation/core/Supervisor/RestartIntensityExceeded"
)("RestartIntensityExceeded", { supervisor: Schema.String, child: Schema.String, cause: Schema.Defect() }) {
  override get message() {
    return `"${this.supervisor}" gives up: child "${this.child}" ended too often, last by: ${describe(this.cause)}`
  }
}
