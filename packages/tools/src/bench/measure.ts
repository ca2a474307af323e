/**
 * How the bench measures: repetitions after a warm-up, a sample for each operation, medians over the repetitions.
 *
 * **Guarantees** A percentile is an observed sample (nearest rank), never interpolated. What a line says is the median over
 * the repetitions; the spread stands beside it.
 *
 * **Does not guarantee** That the machine was quiet: compare figures of one run only.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { Scope } from "effect"

/** The bench's one clock, in milliseconds with a resolution far below a microsecond. */
export const now = (): number => performance.now()

/** How thoroughly to measure. */
export interface Effort {
  /** Timed repetitions. Default 5. */
  readonly reps: number
  /** Untimed repetitions before them. Default 3. */
  readonly warm: number
  /** How long a repetition that counts operations may take, in milliseconds. Default 300. */
  readonly capMillis: number
  /** Divides sizes and durations, for trials of the bench itself. Default 1. */
  readonly shrink: number
}

/** What one repetition has shown. */
export interface Rep {
  /** Microseconds for one operation. */
  readonly samplesUs: ReadonlyArray<number> | Float64Array
  readonly ops: number
  readonly ms: number
  readonly bytes?: number | undefined
  readonly cpuPct?: number | undefined
  /** More figures, by the name of their field. */
  readonly extra?: Readonly<Record<string, number>> | undefined
}

/** One line of the bench. */
export interface Line {
  readonly case: string
  readonly n: number
  readonly handlers?: string | undefined
  readonly p50_us: number
  readonly p95_us: number
  readonly p99_us: number
  readonly ops_per_s: number
  readonly bytes_per_item: number | null
  readonly reps: number
  readonly p50_all: ReadonlyArray<number>
  readonly p95_all: ReadonlyArray<number>
  readonly ops_all: ReadonlyArray<number>
  readonly [extra: string]: unknown
}

/** A body that is run once for each repetition. */
export type Body = Effect.Effect<Rep, unknown, Scope.Scope>

export const percentile = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? Number.NaN

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

const round4 = (value: number): number => Math.round(value * 1e4) / 1e4

/** Collects garbage twice, if the program was started with `--expose-gc`. */
export const collectGarbage = (): void => {
  const gc: unknown = Reflect.get(globalThis, "gc")
  if (typeof gc !== "function") return
  gc()
  gc()
}

/** Bytes on the heap after a collection. */
export const heapUsed = (): number => {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** Runs the repetitions, each in a scope of its own, and sums them up. */
export const measure = (name: string, n: number, effort: Effort, body: Body): Effect.Effect<Line, unknown> =>
  Effect.gen(function* () {
    for (let i = 0; i < effort.warm; i++) yield* Effect.scoped(body)
    const reps: Array<Rep> = []
    for (let i = 0; i < effort.reps; i++) {
      collectGarbage()
      reps.push(yield* Effect.scoped(body))
    }
    return lineOf(name, n, reps)
  })

/** Sums up repetitions. */
export const lineOf = (name: string, n: number, reps: ReadonlyArray<Rep>): Line => {
  const each = reps.map((rep) => {
    const sorted = Float64Array.from(rep.samplesUs).sort()
    return {
      p50: percentile(sorted, 0.5),
      p95: percentile(sorted, 0.95),
      p99: percentile(sorted, 0.99),
      ops: (rep.ops * 1000) / Math.max(rep.ms, 1e-6)
    }
  })
  const given = (of: (rep: Rep) => number | undefined) => reps.map(of).filter((value) => value !== undefined)
  const bytes = given((rep) => rep.bytes)
  const cpu = given((rep) => rep.cpuPct)
  const extras = Object.keys(reps[0]?.extra ?? {}).map((key) => [key, round4(median(given((rep) => rep.extra?.[key])))])
  return {
    case: name,
    n,
    p50_us: round4(median(each.map((rep) => rep.p50))),
    p95_us: round4(median(each.map((rep) => rep.p95))),
    p99_us: round4(median(each.map((rep) => rep.p99))),
    ops_per_s: round4(median(each.map((rep) => rep.ops))),
    bytes_per_item: bytes.length === 0 ? null : round4(median(bytes)),
    ...(cpu.length === 0 ? {} : { cpu_pct: round4(median(cpu)) }),
    ...Object.fromEntries(extras),
    reps: reps.length,
    p50_all: each.map((rep) => round4(rep.p50)),
    p95_all: each.map((rep) => round4(rep.p95)),
    ops_all: each.map((rep) => round4(rep.ops))
  }
}

// --- loops -----------------------------------------------------------------------------------------------------------

/** Each operation is a sample, up to `max` of them or the cap, but at least 20. */
export const loop = <E, R>(
  max: number,
  effort: Effort,
  operation: (i: number) => Effect.Effect<unknown, E, R>
): Effect.Effect<Rep, E, R> =>
  Effect.gen(function* () {
    const samplesUs: Array<number> = []
    const start = now()
    const stop = start + effort.capMillis
    let ops = 0
    while (ops < max) {
      const before = now()
      yield* operation(ops)
      const after = now()
      samplesUs.push((after - before) * 1000)
      ops++
      if (after > stop && ops > 20) break
    }
    return { samplesUs, ops, ms: now() - start }
  })

/** For operations about as short as reading the clock: a sample is the time of `chunk` of them, divided. */
export const chunked = <E, R>(
  total: number,
  chunk: number,
  operation: (i: number) => Effect.Effect<unknown, E, R>
): Effect.Effect<Rep, E, R> =>
  Effect.gen(function* () {
    const samplesUs = new Float64Array(Math.ceil(total / chunk))
    const start = now()
    for (let c = 0, i = 0; i < total; c++) {
      const from = i
      const end = Math.min(total, i + chunk)
      const before = now()
      for (; i < end; i++) yield* operation(i)
      samplesUs[c] = ((now() - before) * 1000) / (end - from)
    }
    return { samplesUs, ops: total, ms: now() - start }
  })

/** One sample: the whole, divided by the number of operations. */
export const whole = <E, R>(ops: number, work: Effect.Effect<unknown, E, R>): Effect.Effect<Rep, E, R> =>
  Effect.gen(function* () {
    const start = now()
    yield* work
    const ms = now() - start
    return { samplesUs: [(ms * 1000) / ops], ops, ms }
  })

/** One sample: the whole, in microseconds. */
export const once = <E, R>(ops: number, work: Effect.Effect<unknown, E, R>): Effect.Effect<Rep, E, R> =>
  Effect.map(whole(ops, work), (rep) => ({ ...rep, samplesUs: [rep.ms * 1000] }))
