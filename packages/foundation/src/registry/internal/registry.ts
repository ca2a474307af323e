/** The service: rules and answers, over the registrar that drives the store. */
import { Clock, Context, Effect, Exit, type Fiber, Option, PubSub, Result, Scope, Stream } from "effect"
import type { Rpc } from "effect/rpc"
import type { BackendError } from "../../BackendError.ts"
import { Cell } from "../../process/internal/cell.ts"
import { CurrentFrame } from "../../process/internal/message.ts"
import { ProcessDead, Unreachable } from "../../process/ProcessError.ts"
import { type Address, cellOf, Dispatcher, refOf } from "../../process/Process.ts"
import type { AnyName, Loss, Name, Options, ProcessRegistry, RegisterError, Registration } from "../ProcessRegistry.ts"
import {
  LimitExceeded,
  NameTaken,
  NotAProcess,
  NotATestNamespace,
  NotOwner,
  NotRegistered,
  PredicateFailed,
  RevisionConflict
} from "../ProcessRegistryError.ts"
import type { Metadata, RegistryStore, Row } from "../RegistryStore.ts"
import {
  checkConditions,
  checkLimit,
  checkMetadata,
  checkName,
  CurrentNamespace,
  implOf,
  NameImpl,
  serves
} from "./check.ts"
import { Entry, type Owner, ScopeOwner } from "./entry.ts"
import { type Answer, isDone, type Loss as RowLoss, Registrar } from "./registrar.ts"
import { Following } from "./following.ts"
import { termsOf } from "./terms.ts"
import { stopForGood } from "./stopForGood.ts"
import { Via } from "./via.ts"

const limitDefault = 1000
const limitMax = 100_000
const batchMax = 1000
const pageSize = 1000

type Service = ProcessRegistry["Service"]
type AnyFiber = Fiber.Fiber<unknown, unknown>
type Fields = ReadonlyMap<string, ReadonlyArray<string>>

const fieldsOf = (fields: ReadonlyArray<string>): Fields => new Map(fields.map((field) => [field, field.split(".")]))

const none = Exit.succeed(Option.none<never>())

/** What the context of a fiber says of it. It holds the context, so there is only ever the last one. */
interface Caller {
  readonly context: Context.Context<never>
  readonly namespace: string
  readonly process: Cell | undefined
  scope: ScopeOwner | undefined
}

export class Registry {
  private readonly registrar: Registrar
  private readonly store: RegistryStore["Service"]
  readonly node: string
  private readonly context: Context.Context<never>
  private readonly fieldsEverywhere: Fields | undefined
  private readonly fieldsByNamespace: ReadonlyMap<string, Fields>
  private readonly lost: PubSub.PubSub<RowLoss>
  private readonly following: Following
  private readonly owners = new WeakMap<Scope.Scope, ScopeOwner>()
  private lastCaller: Caller | undefined = undefined

  constructor(
    registrar: Registrar,
    node: string,
    context: Context.Context<never>,
    indexes: Options["indexes"],
    lost: PubSub.PubSub<RowLoss>
  ) {
    this.registrar = registrar
    this.store = registrar.store
    this.node = node
    this.context = context
    this.lost = lost
    this.following = new Following(registrar, (row) => this.view(row))
    const everywhere = Array.isArray(indexes) ? indexes : undefined
    this.fieldsEverywhere = everywhere === undefined || everywhere.length === 0 ? undefined : fieldsOf(everywhere)
    const byNamespace = Array.isArray(indexes) ? [] : Object.entries(indexes ?? {})
    this.fieldsByNamespace = new Map(byNamespace.map(([namespace, fields]) => [namespace, fieldsOf(fields)]))
  }

  private fields(namespace: string): Fields | undefined {
    return (
      this.fieldsEverywhere ?? (this.fieldsByNamespace.size === 0 ? undefined : this.fieldsByNamespace.get(namespace))
    )
  }

  // --- registrations -------------------------------------------------------------------------------------------------

  private view(row: Row): Registration {
    const { key, label, metadata, namespace, node, revision } = row
    return { namespace, key, node, label, metadata, revision, ref: this.registrar.localOf(row)?.cell }
  }

  /** Who asks: found once for each context, for a fiber rarely changes its own. */
  private callerOf(fiber: AnyFiber): Caller {
    const last = this.lastCaller
    if (last !== undefined && last.context === fiber.context) return last
    const process = fiber.getRef(CurrentFrame)?.process
    return (this.lastCaller = {
      context: fiber.context,
      namespace: fiber.getRef(CurrentNamespace),
      process: process instanceof Cell ? process : undefined,
      scope: undefined
    })
  }

  /** The owner of what a fiber registers: its process, or the scope around it. */
  private ownerOf(fiber: AnyFiber): Owner {
    const caller = this.callerOf(fiber)
    return caller.process ?? (caller.scope ??= this.scopeOwner(Context.getUnsafe(fiber.context, Scope.Scope)))
  }

  private scopeOwner(scope: Scope.Scope): ScopeOwner {
    let owner = this.owners.get(scope)
    if (owner === undefined) {
      owner = new ScopeOwner()
      this.owners.set(scope, owner)
      this.registrar.adopt(owner)
      // Adding a finalizer ends at once; to a closed scope, it runs the finalizer, and the owner is closed.
      Effect.runForkWith(this.context)(Scope.addFinalizer(scope, this.registrar.disown(owner)))
    }
    return owner
  }

  private entry(
    name: NameImpl,
    namespace: string,
    cell: Cell,
    owner: Owner,
    metadata: unknown,
    reserved: boolean
  ): Entry | RegisterError {
    const problem = checkName(name, namespace)
    if (problem !== undefined) return problem
    const checked = checkMetadata(name, namespace, metadata)
    if (checked instanceof Error) return checked
    const terms = termsOf(this.fields(namespace), checked as Metadata)
    const entry = new Entry(this.registrar, name.protocol, cell, owner, reserved, {
      namespace,
      key: name.key,
      session: this.registrar.session,
      claim: this.registrar.nextClaim(),
      node: this.node,
      label: cell.label,
      metadata: checked as Metadata,
      terms
    })
    return entry.isFounded ? entry : new ProcessDead({ process: cell.label })
  }

  private registration(entry: Entry, answer: Answer): Result.Result<Registration, RegisterError> {
    if (answer._tag === "Held") return Result.succeed(this.view(answer.row))
    if (answer._tag === "Gone") return Result.fail(new ProcessDead({ process: entry.row.label }))
    const { holder } = answer
    const taken = new NameTaken({
      namespace: holder.namespace,
      key: holder.key,
      holder: holder.label,
      node: holder.node
    })
    return Result.fail(Object.assign(taken, { ref: this.registrar.localOf(holder)?.cell }))
  }

  private registered(entry: Entry, answer: Answer | undefined): Effect.Effect<Registration, RegisterError> {
    if (answer === undefined) return Exit.succeed(this.view(entry.row))
    return Effect.fromResult(this.registration(entry, answer))
  }

  private claimOne(entry: Entry | RegisterError): Effect.Effect<Registration, RegisterError | BackendError> {
    if (!(entry instanceof Entry)) return Exit.fail(entry)
    const claimed = this.registrar.claimOne(entry)
    if (isDone(claimed)) return this.registered(entry, claimed.value)
    return Effect.flatMap(claimed, (answer) => this.registered(entry, answer))
  }

  private namespaceOf(name: NameImpl, fiber: AnyFiber): string {
    return name.namespace ?? this.callerOf(fiber).namespace
  }

  readonly register: Service["register"] = (name, ref, options) =>
    Effect.withFiber((fiber): ReturnType<Service["register"]> => {
      const impl = implOf(name)
      const namespace = this.namespaceOf(impl, fiber)
      return this.claimOne(this.entry(impl, namespace, cellOf(ref), this.ownerOf(fiber), options?.metadata, false))
    })

  readonly registerSelf: Service["registerSelf"] = (name, options) =>
    Effect.withFiber((fiber): ReturnType<Service["registerSelf"]> => {
      const impl = implOf(name)
      const namespace = this.namespaceOf(impl, fiber)
      const { process } = this.callerOf(fiber)
      if (process === undefined) return Effect.fail(new NotAProcess({ namespace, key: impl.key }))
      return this.claimOne(this.entry(impl, namespace, process, process, options?.metadata, false))
    })

  readonly reserve: Service["reserve"] = (name, cell, metadata) =>
    Effect.withFiber((fiber): ReturnType<Service["reserve"]> => {
      const impl = implOf(name)
      return this.claimOne(this.entry(impl, this.namespaceOf(impl, fiber), cell, cell, metadata, true))
    })

  readonly registerAll: Service["registerAll"] = (requests) =>
    Effect.withFiber((fiber): ReturnType<Service["registerAll"]> => {
      if (requests.length > batchMax) {
        return Effect.fail(new LimitExceeded({ what: "registerAll", asked: requests.length, max: batchMax }))
      }
      const owner = this.ownerOf(fiber)
      const checked = requests.map(({ metadata, name, ref }) => {
        const impl = implOf(name)
        return this.entry(impl, this.namespaceOf(impl, fiber), cellOf(ref), owner, metadata, false)
      })
      const entries = checked.filter((entry) => entry instanceof Entry)
      return Effect.map(this.registrar.claim(entries), (answers) => {
        const found = new Map(entries.map((entry, index) => [entry, answers[index]!]))
        return checked.map((entry) =>
          entry instanceof Entry ? this.registration(entry, found.get(entry)!) : Result.fail(entry)
        )
      })
    })

  readonly unregister: Service["unregister"] = (name) =>
    this.found(name, (row, _, __, fiber): Effect.Effect<void, NotOwner | BackendError> => {
      if (row === undefined) return Effect.void
      const entry = this.registrar.localOf(row)
      if (entry !== undefined && entry.owner === this.ownerOf(fiber)) {
        entry.end()
        return this.registrar.flush
      }
      if (!this.registrar.isLive(row)) return Effect.void
      const { key, label, namespace, node } = row
      return Effect.fail(new NotOwner({ namespace, key, holder: label, node }))
    })

  // --- look-ups ------------------------------------------------------------------------------------------------------

  /** Asks the store for a name, after everything that has ended here is released, and goes on with what it says. */
  private found<A, E, R>(
    name: AnyName,
    then: (row: Row | undefined, impl: NameImpl, namespace: string, fiber: AnyFiber) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | BackendError, R> {
    return Effect.withFiber((fiber): Effect.Effect<A, E | BackendError, R> => {
      const impl = implOf(name)
      const namespace = this.namespaceOf(impl, fiber)
      // Nobody is ever registered under a name that is none.
      if (impl.problem !== undefined) return then(undefined, impl, namespace, fiber)
      const asked = this.registrar.isSettled
        ? this.store.find(namespace, impl.key)
        : Effect.andThen(this.registrar.flush, () => this.store.find(namespace, impl.key))
      if (isDone(asked)) return then(asked.value, impl, namespace, fiber)
      return Effect.flatMap(asked, (row) => then(row, impl, namespace, fiber))
    })
  }

  private cellOf(row: Row | undefined, impl: NameImpl): Cell | undefined {
    const entry = row === undefined ? undefined : this.registrar.localOf(row)
    if (entry === undefined) return undefined
    if (serves(entry.protocol, impl.protocol)) return entry.cell
    throw new TypeError(
      `"${impl.key}" names ${entry.cell.label}, which does not serve the protocol it was looked up with`
    )
  }

  private notRegistered(impl: NameImpl, namespace: string, row: Row | undefined): NotRegistered {
    const { key } = impl
    if (row === undefined || !this.registrar.isLive(row)) return new NotRegistered({ namespace, key })
    return new NotRegistered({ namespace, key, node: row.node })
  }

  readonly lookup: Service["lookup"] = <R extends Rpc.Any>(name: Name<R>) => this.found(name, this.answerLookup<R>)

  private readonly answerLookup = <R extends Rpc.Any>(row: Row | undefined, impl: NameImpl) => {
    const cell = this.cellOf(row, impl)
    return cell === undefined ? none : Exit.succeed(Option.some(refOf<R>(cell)))
  }

  readonly get: Service["get"] = (name) =>
    this.found(name, (row, impl, namespace) => {
      const cell = this.cellOf(row, impl)
      return cell === undefined ? Exit.fail(this.notRegistered(impl, namespace, row)) : Exit.succeed(refOf(cell))
    })

  readonly whereis: Service["whereis"] = (name) =>
    this.found(name, (row) =>
      row === undefined || !this.registrar.isLive(row) ? none : Exit.succeed(Option.some(this.view(row)))
    )

  readonly holds: Service["holds"] = (name) =>
    Effect.withFiber((fiber): ReturnType<Service["holds"]> => {
      const impl = implOf(name)
      const namespace = this.namespaceOf(impl, fiber)
      const lives = this.registrar.livesSurely(fiber.getRef(Clock.Clock))
      return Effect.map(this.registrar.holds(namespace, impl.key), (held) => held && lives)
    })

  readonly setMetadata: Service["setMetadata"] = (name, metadata, options) =>
    Effect.withFiber((fiber): ReturnType<Service["setMetadata"]> => {
      const impl = implOf(name)
      const { key } = impl
      const namespace = this.namespaceOf(impl, fiber)
      const notRegistered = new NotRegistered({ namespace, key })
      if (impl.problem !== undefined) return Effect.fail(notRegistered)
      const checked = checkMetadata(impl, namespace, metadata)
      if (checked instanceof Error) return Effect.fail(checked)
      const terms = termsOf(this.fields(namespace), checked as Metadata)
      const change = { metadata: checked as Metadata, terms, revision: options?.revision }
      const updated = this.registrar.settled(() => this.store.update(namespace, key, change))
      return Effect.flatMap(updated, (updated): ReturnType<Service["setMetadata"]> => {
        if (updated._tag === "Missing" || !this.registrar.isLive(updated.row)) return Effect.fail(notRegistered)
        if (updated._tag === "Conflict") {
          const expected = options?.revision ?? 0
          return Effect.fail(new RevisionConflict({ namespace, key, expected, actual: updated.row.revision }))
        }
        this.registrar.remember(updated.row, terms)
        return Effect.succeed(this.view(updated.row))
      })
    })

  // --- many ----------------------------------------------------------------------------------------------------------

  readonly query: Service["query"] = (query) =>
    Effect.withFiber((fiber): ReturnType<Service["query"]> => {
      const namespace = query.namespace ?? fiber.getRef(CurrentNamespace)
      const { filter, limit = limitDefault, where = [] } = query
      const problem = checkLimit("query", limit, limitMax)
      if (problem !== undefined) return Effect.fail(problem)
      const wrong = checkConditions(namespace, this.fields(namespace), where)
      if (Option.isSome(wrong)) return Effect.fail(wrong.value)
      if (where.length === 0) return this.scan(namespace, filter, limit)
      return Effect.flatMap(
        this.registrar.settled(() => this.store.query(namespace, where, filter === undefined ? limit : limitMax)),
        (rows) => this.select(rows, filter, limit)
      )
    })

  /** The registrations that a predicate admits. It is foreign code: it runs here, in the fiber of its owner. */
  private select(
    rows: ReadonlyArray<Row>,
    filter: ((registration: Registration) => boolean) | undefined,
    limit: number
  ): Effect.Effect<Array<Registration>, PredicateFailed> {
    const selected: Array<Registration> = []
    for (const row of rows) {
      if (selected.length === limit) break
      if (!this.registrar.isLive(row)) continue
      const registration = this.view(row)
      try {
        if (filter === undefined || filter(registration)) selected.push(registration)
      } catch (cause) {
        return Effect.fail(new PredicateFailed({ namespace: row.namespace, key: row.key, cause }))
      }
    }
    return Effect.succeed(selected)
  }

  private scan(namespace: string, filter: ((registration: Registration) => boolean) | undefined, limit: number) {
    return Effect.gen({ self: this }, function* () {
      const selected: Array<Registration> = []
      let after: string | undefined = undefined
      while (selected.length < limit) {
        const rows: ReadonlyArray<Row> = yield* this.page(namespace, after, filter === undefined ? limit : pageSize)
        selected.push(...(yield* this.select(rows, filter, limit - selected.length)))
        if (rows.length === 0) break
        after = rows.at(-1)!.key
      }
      return selected
    })
  }

  private page(namespace: string, after: string | undefined, limit: number) {
    return this.registrar.settled(() => this.store.page(namespace, after, limit))
  }

  readonly list: Service["list"] = (options = {}) =>
    Effect.withFiber((fiber): ReturnType<Service["list"]> => {
      const { after, limit = limitDefault, namespace = fiber.getRef(CurrentNamespace) } = options
      const problem = checkLimit("list", limit, limitMax)
      if (problem !== undefined) return Effect.fail(problem)
      return Effect.map(this.page(namespace, after, limit), (rows) => this.views(rows))
    })

  private views(rows: Iterable<Row>): Array<Registration> {
    const views: Array<Registration> = []
    for (const row of rows) if (this.registrar.isLive(row)) views.push(this.view(row))
    return views
  }

  readonly count: Service["count"] = (options = {}) =>
    Effect.withFiber((fiber): ReturnType<Service["count"]> => {
      const namespace = options.namespace ?? fiber.getRef(CurrentNamespace)
      const counts = this.registrar.settled(() => this.store.counts)
      return Effect.map(counts, (counts) => counts.get(namespace) ?? 0)
    })

  readonly stats: Service["stats"] = Effect.suspend(() =>
    Effect.map(
      this.registrar.settled(() => this.store.counts),
      (namespaces) => ({ node: this.node, namespaces, local: this.registrar.size, ended: this.registrar.endings })
    )
  )

  readonly health: Service["health"] = Effect.suspend(() =>
    Effect.zipWith(this.store.counts, this.store.lapsed(false), (counts, lapsed) => {
      const dead = lapsed + this.registrar.unreleased
      const entries = lapsed + [...counts.values()].reduce((sum, count) => sum + count, 0)
      const status = dead * 10 < entries || dead === 0 ? "healthy" : dead * 10 < entries * 3 ? "degraded" : "unhealthy"
      return { entries, dead, status } as const
    })
  )

  readonly sweep: Service["sweep"] = Effect.suspend(() => {
    const { unreleased } = this.registrar
    return Effect.map(
      Effect.andThen(this.registrar.flush, () => this.store.lapsed(true)),
      (lapsed) => lapsed + unreleased
    )
  })

  readonly cleanup: Service["cleanup"] = (namespace) =>
    Effect.gen({ self: this }, function* () {
      if (!String(namespace).startsWith("test/")) return yield* new NotATestNamespace({ namespace })
      // Asked first: when the store fails, nothing is stopped.
      yield* this.page(namespace, undefined, 1)
      const entries = this.registrar.entries().filter((entry) => entry.row.namespace === namespace)
      const cells = new Set(entries.map((entry) => entry.cell))
      yield* Effect.forEach(cells, stopForGood, { concurrency: "unbounded", discard: true })
      for (const entry of entries) entry.end()
      yield* this.registrar.flush
      return cells.size
    })

  // --- streams -------------------------------------------------------------------------------------------------------

  readonly watch: Service["watch"] = (name) =>
    Stream.unwrap(
      Effect.withFiber((fiber) => {
        const impl = implOf(name)
        return Effect.succeed(this.following.watch(this.namespaceOf(impl, fiber), impl.key))
      })
    )

  readonly watchAll: Service["watchAll"] = (options = {}) =>
    Stream.unwrap(
      Effect.withFiber((fiber) =>
        Effect.succeed(this.following.watchAll(options.namespace ?? fiber.getRef(CurrentNamespace)))
      )
    )

  readonly losses: Service["losses"] = Stream.suspend(() =>
    Stream.map(Stream.fromPubSub(this.lost), ({ entry, holder }): Loss => {
      const { key, namespace } = entry.row
      return { namespace, key, ref: entry.cell, holder: { node: holder.node, label: holder.label } }
    })
  )

  // --- addresses -----------------------------------------------------------------------------------------------------

  readonly via: Service["via"] = <R extends Rpc.Any>(name: Name<R>) =>
    Effect.withFiber((fiber) => {
      const impl = implOf(name)
      const namespace = this.namespaceOf(impl, fiber)
      const pinned = impl.namespace === namespace ? impl : new NameImpl(impl.key, namespace, impl.protocol, undefined)
      const label = `${namespace}:${impl.key}`
      const unreachable = (reason: string) => new Unreachable({ process: label, reason })
      const resolve = this.found(pinned, (row) => {
        const cell = this.cellOf(row, pinned)
        if (cell !== undefined) return Exit.succeed(cell)
        return Exit.fail(unreachable(this.notRegistered(pinned, namespace, row).message))
      })
      const via = new Via({
        label,
        deadlines: fiber.getRef(Dispatcher).deadlines,
        resolve: Effect.mapError(resolve, (error) =>
          error._tag === "BackendError" ? unreachable(error.message) : error
        ),
        context: this.context,
        slow: this.store.shared
      })
      // What is sent through it is typed by the protocol of the name.
      return Exit.succeed(via as unknown as Address<R>)
    })
}
