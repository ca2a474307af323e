/**
 * Tells on stderr that a calculation is still going on.
 *
 * **Guarantees** Nothing is said of what takes less than a second. A terminal has one line that is redrawn and wiped away in
 * the end; elsewhere a line is written after three seconds and then every ten.
 *
 * @since 0.1.0
 */
import type { Screen } from "@apps/demo/Screen"
import * as Text from "@apps/demo/Text"
import { Clock, Effect } from "effect"

/** How far a list of inputs has come; `of` is 0 as long as that is unknown. */
export interface Progress {
  readonly done: number
  readonly of: number
}

/** `answered 1200 of 5000 inputs, 3 s`. */
export const lineOf = ({ done, of }: Progress, millis: number): string =>
  of === 0 ? `calculating, ${Text.duration(millis)}` : `answered ${done} of ${of} inputs, ${Text.duration(millis)}`

const wipe = "\r\u001b[K"

/** Runs an effect and tells on the screen that it does. */
export const during = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  progress: () => Progress,
  screen: Pick<Screen, "write" | "isLive" | "columns">
): Effect.Effect<A, E, R> => {
  const telling = Effect.gen(function* () {
    const started = yield* Clock.currentTimeMillis
    for (let count = 0; ; count++) {
      yield* Effect.sleep(screen.isLive ? "1 second" : count === 0 ? "3 seconds" : "10 seconds")
      const line = lineOf(progress(), (yield* Clock.currentTimeMillis) - started)
      screen.write(screen.isLive ? `${wipe}${Text.clip(line, screen.columns() - 1)}` : `${line}\n`)
    }
  })
  // The line goes whatever the end, so that a message or the answer stands alone.
  const wiping = Effect.sync(() => {
    if (screen.isLive) screen.write(wipe)
  })
  return Effect.raceFirst(effect, Effect.ensuring(telling, wiping))
}
