/**
 * A PostgreSQL database as `SqlClient`, for stores that many nodes share.
 *
 * **Guarantees** A database that cannot be reached or refuses the login is a `BackendError` of the layer.
 *
 * **Does not guarantee** That a lost connection is noticed at once: calls in flight end as `Unavailable` or `Timeout`,
 * and may or may not have been done.
 *
 * @since 0.1.0
 */
import { PgClient } from "@effect/sql-pg"
import type { BackendError } from "@foundation/core"
import { Context, Effect, Layer } from "effect"
import type { Duration, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql"
import { toBackendError } from "./internal/backend.ts"
import { count, millis } from "./internal/bounds.ts"

/** Where the database is. An option out of its range is a defect of the layer, a `RangeError`. */
export interface Options {
  /** `postgres://user:password@host:port/database`. */
  readonly url: Redacted.Redacted
  /** Connections of the pool, 1 to 10,000. Default 10. */
  readonly connectionsMax?: number | undefined
  /** How long a new connection may take: 1 ms to 10 minutes. Default `5 seconds`. */
  readonly connectTimeout?: Duration.Input | undefined
}

/** Connects, and closes the connections with the layer's scope. */
export const layer = (
  options: Options
): Layer.Layer<PgClient.PgClient | SqlClient.SqlClient, BackendError.BackendError> =>
  Layer.effectContext(
    Effect.suspend(() =>
      PgClient.make({
        url: options.url,
        maxConnections: count("Postgres: connectionsMax", options.connectionsMax, {
          min: 1,
          max: 10_000,
          fallback: 10
        }),
        connectTimeout: millis("Postgres: connectTimeout", options.connectTimeout, {
          min: 1,
          max: 600_000,
          fallback: 5_000
        }),
        applicationName: "foundation"
      })
    ).pipe(
      Effect.mapError(toBackendError("Postgres.layer")),
      Effect.map((client) => Context.make(PgClient.PgClient, client).pipe(Context.add(SqlClient.SqlClient, client)))
    )
  ).pipe(Layer.provide(Reactivity.layer))
