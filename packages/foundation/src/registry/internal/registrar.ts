/**
 * Drives registrations: claims names in the store, keeps the local entries, and takes back in the store what has ended
 * here. Ended entries are released in batches: by the next step that asks the store, or by a fiber of the next turn.
 */
import { type Clock, type Context, Effect, Exit, Fiber, Latch, PubSub, Semaphore } from "effect"
import type { BackendError } from "../../BackendError.ts"
import { monotonicMillis } from "../../process/internal/time.ts"
import type { ChangeListener, Claimed, ClaimId, RegistryStore, Row } from "../RegistryStore.ts"
import { copyRow, Entry, type EntryKeeper, EntryList, ScopeOwner } from "./entry.ts"

/** What came of a claim: `Gone` when process or owner ended meanwhile. */
export type Answer =
  | { readonly _tag: "Held"; readonly row: Row }
  | { readonly _tag: "Taken"; readonly holder: Row }
  | { readonly _tag: "Gone" }

/** A name of this node that someone else took after the session had run out. */
export interface Loss {
  readonly entry: Entry
  readonly holder: Row
}

const gone: Answer = { _tag: "Gone" }
const won = Exit.succeed(undefined)
const lost = Exit.succeed(gone)

/** An answer that is there without running anything. */
export const isDone = <A, E>(effect: Effect.Effect<A, E>): effect is Exit.Success<A> =>
  Exit.isExit(effect) && Exit.isSuccess(effect)

/** How often a claim is tried anew because what stood in its way was about to go. */
const attemptsMax = 16

/** The part of a lease that has not run out at the store, as long as this node's clock runs at most a fifth slower. */
const surely = 0.8

/** How many names are claimed in one step when a session is replaced. */
const batchSize = 500

export class Registrar implements EntryKeeper {
  readonly store: RegistryStore["Service"]
  readonly leaseMillis: number
  private readonly unique: string
  private readonly context: Context.Context<never>
  private readonly losses: PubSub.PubSub<Loss>
  private readonly scopeOwners = new Set<ScopeOwner>()
  /** The entries that processes own. */
  private readonly owned = new EntryList()
  /** By name: a shared store keeps no handles. */
  private readonly byName = new Map<string, Entry>()
  private readonly flushing = Semaphore.makeUnsafe(1)
  private readonly recovering = Semaphore.makeUnsafe(1)
  private readonly listeners = new Set<ChangeListener>()
  /** Claims that a shared store has been asked for, until its answer is heard. */
  private readonly asked = new Map<number, Latch.Latch>()
  /** Ended here, still in the store. */
  private pending: Array<ClaimId> = []
  /** A batch is on its way to a store that takes its time. */
  private inFlight = false
  private flushScheduled = false
  /** The fibers that release on their own. */
  private readonly flushes = new Set<Fiber.Fiber<void>>()
  private closed = false
  private claims = 0
  private epoch = 0
  session: string
  /** Until when the session surely lives: in time that is never set back … */
  private heldUntil = Infinity
  /** … and in the time of the wall, for the first may stand still while the machine sleeps. */
  private heldUntilWall = Infinity
  /** Living entries of this registry. */
  size = 0
  /** Entries that have ended so far. */
  endings = 0

  constructor(options: {
    readonly store: RegistryStore["Service"]
    readonly unique: string
    readonly leaseMillis: number
    readonly context: Context.Context<never>
    readonly losses: PubSub.PubSub<Loss>
  }) {
    this.store = options.store
    this.unique = options.unique
    this.session = `${options.unique}:0`
    this.leaseMillis = options.leaseMillis
    this.context = options.context
    this.losses = options.losses
  }

  nextClaim(): number {
    return ++this.claims
  }

  /** How many claims have ended here and are still to be released. */
  get unreleased(): number {
    return this.pending.length
  }

  // --- claims --------------------------------------------------------------------------------------------------------

  /** Claims the names of some entries, each by itself. */
  claim(entries: ReadonlyArray<Entry>): Effect.Effect<ReadonlyArray<Answer>, BackendError> {
    const claimed = () => this.settled(() => this.attempt(entries, 1))
    // Interrupted on the way, a claim might leave a row that nobody knows of.
    return this.store.shared ? Effect.uninterruptible(Effect.suspend(claimed)) : claimed()
  }

  /** Claims one name; `undefined` when it was won, which is the common answer. Where the store answers at once, so does this. */
  claimOne(entry: Entry): Effect.Effect<Answer | undefined, BackendError> {
    if (this.store.shared || !this.isSettled) return this.claimSlowly(entry)
    const asked = this.store.claim([entry.row])
    return isDone(asked) ? this.decideOne(entry, asked.value) : Effect.flatMap(asked, (it) => this.decideOne(entry, it))
  }

  private claimSlowly(entry: Entry): Effect.Effect<Answer, BackendError> {
    return Effect.map(this.claim([entry]), (answers) => answers[0]!)
  }

  private decideOne(entry: Entry, claimed: Claimed): Effect.Effect<Answer | undefined, BackendError> {
    if (claimed._tag === "Lapsed") return this.claimSlowly(entry)
    if (claimed.holders[0] === undefined) return this.begin(entry) ? won : lost
    return Effect.map(this.decide(entry, claimed.holders[0], 1), (answers) => answers[0]!)
  }

  private attempt(entries: ReadonlyArray<Entry>, attempts: number): Effect.Effect<ReadonlyArray<Answer>, BackendError> {
    const { session } = this
    const rows = entries.map((entry) => (entry.row.session === session ? entry.row : this.renewed(entry)))
    const heard = this.asks(rows)
    const asked = Effect.onExit(this.ask(rows), (exit) => (Exit.isFailure(exit) ? Effect.sync(heard) : Effect.void))
    return Effect.flatMap(asked, (claimed) => {
      if (claimed._tag === "Claimed") {
        // What was won begins in the same step in which its answer is heard, and waits for no other name.
        const won = entries.map((entry, index) => (claimed.holders[index] === undefined ? this.won(entry) : undefined))
        heard()
        return this.decideAll(entries, claimed.holders, attempts, won)
      }
      heard()
      return Effect.andThen(this.recover(session), () =>
        // A registry that has closed opens no other session.
        this.closed ? Exit.succeed(entries.map(() => gone)) : this.attempt(entries, attempts)
      )
    })
  }

  /** Claims rows; when it is not known whether they were won, they are taken back. */
  private ask(rows: ReadonlyArray<Row>): Effect.Effect<Claimed, BackendError> {
    const claimed = this.store.claim(rows)
    if (!this.store.shared) return claimed
    return Effect.tapError(claimed, () => Effect.sync(() => rows.forEach((row) => this.releaseLater(row))))
  }

  /** Notes that the answer to these claims is on its way; the function that is returned notes that it has come. */
  private asks(rows: ReadonlyArray<Row>): () => void {
    if (!this.store.shared) return () => {}
    const answer = Latch.makeUnsafe(false)
    for (const { claim } of rows) this.asked.set(claim, answer)
    return () => {
      for (const { claim } of rows) this.asked.delete(claim)
      answer.openUnsafe()
    }
  }

  private won(entry: Entry): Answer {
    return this.begin(entry) ? { _tag: "Held", row: entry.row } : gone
  }

  private decideAll(
    entries: ReadonlyArray<Entry>,
    holders: ReadonlyArray<Row | undefined>,
    attempts: number,
    won: ReadonlyArray<Answer | undefined>
  ): Effect.Effect<ReadonlyArray<Answer>, BackendError> {
    if (entries.length === 1)
      return won[0] === undefined ? this.decide(entries[0]!, holders[0]!, attempts) : Exit.succeed([won[0]])
    return Effect.forEach(entries, (entry, index) => {
      const answer = won[index]
      if (answer !== undefined) return Exit.succeed(answer)
      return Effect.map(this.decide(entry, holders[index]!, attempts), (answers) => answers[0]!)
    })
  }

  /** The name of a claim that was not won is held: by whom, and is that still so? */
  private decide(entry: Entry, holder: Row, attempts: number): Effect.Effect<ReadonlyArray<Answer>, BackendError> {
    const held = this.localOf(holder)
    if (held === undefined) {
      if (holder.session !== this.session || attempts >= attemptsMax) return Exit.succeed([{ _tag: "Taken", holder }])
      // It was won a moment ago by a claim of this node that has not heard of it yet.
      const answer = this.asked.get(holder.claim)
      if (answer !== undefined) return Effect.andThen(answer.await, () => this.decide(entry, holder, attempts))
      // It has ended here, and its release was overtaken.
      return Effect.andThen(this.store.release([holder]), () => this.attempt([entry], attempts + 1))
    }
    if (held.owner !== entry.owner || held.cell !== entry.cell) return Exit.succeed([{ _tag: "Taken", holder }])
    return this.replace(entry, holder, attempts)
  }

  /** The owner registers again: its metadata is replaced. */
  private replace(entry: Entry, holder: Row, attempts: number): Effect.Effect<ReadonlyArray<Answer>, BackendError> {
    const { metadata, terms } = entry.row
    return Effect.flatMap(
      this.store.update(holder.namespace, holder.key, { metadata, terms, claim: holder }),
      (updated): Effect.Effect<ReadonlyArray<Answer>, BackendError> => {
        if (updated._tag === "Updated") {
          this.remember(updated.row, terms)
          return Exit.succeed([{ _tag: "Held", row: updated.row }])
        }
        if (attempts >= attemptsMax) return Exit.succeed([{ _tag: "Taken", holder }])
        return this.attempt([entry], attempts + 1)
      }
    )
  }

  /** The claim is won: from now on the entry follows its process. `false` when that is gone already. */
  private begin(entry: Entry): boolean {
    if (this.closed || !entry.isFounded) {
      this.releaseLater(entry.row)
      return false
    }
    entry.begin(entry.owner instanceof ScopeOwner ? entry.owner.entries : this.owned)
    this.size++
    if (this.store.shared) {
      this.byName.set(nameOf(entry.row), entry)
      this.tell(entry.row)
    }
    return true
  }

  /** The same claim in the present session. */
  private renewed(entry: Entry): Row {
    return (entry.row = copyRow(entry.row, { session: this.session, revision: 1 }))
  }

  // --- entries -------------------------------------------------------------------------------------------------------

  /** The living entry of this registry behind a row. */
  localOf(row: Row): Entry | undefined {
    if (row.session !== this.session) return undefined
    const entry = this.store.shared ? this.byName.get(nameOf(row)) : row.handle
    return entry instanceof Entry && !entry.over && entry.claim === row.claim ? entry : undefined
  }

  /** Whether an entry of this registry holds a name, without asking a store that takes its time. */
  holds(namespace: string, key: string): Effect.Effect<boolean> {
    // A name that was claimed in an earlier session may be someone else's by now, until it is claimed anew.
    if (this.store.shared) {
      return Effect.sync(() => this.byName.get(nameOf({ namespace, key }))?.row.session === this.session)
    }
    const row = Effect.orElseSucceed(this.store.find(namespace, key), () => undefined)
    return Effect.map(row, (row) => row !== undefined && this.localOf(row) !== undefined)
  }

  /** Whether the holder of a row lives, as far as is known here. */
  isLive(row: Row): boolean {
    return row.session !== this.session || this.localOf(row) !== undefined
  }

  /** Keeps what the store said of an entry of this registry, for the case that its session has to be replaced. */
  remember(row: Row, terms: Row["terms"]): void {
    const entry = this.localOf(row)
    if (entry !== undefined) entry.row = row.terms === terms ? row : copyRow(row, { terms })
  }

  /** Tells of changes that the store sees and, where that comes before it, of what begins here. */
  listen(listener: ChangeListener): () => void {
    const silence = this.store.listen(listener)
    this.listeners.add(listener)
    return () => {
      silence()
      this.listeners.delete(listener)
    }
  }

  private tell({ key, namespace }: Row): void {
    for (const listener of this.listeners) listener(namespace, key)
  }

  adopt(owner: ScopeOwner): void {
    this.scopeOwners.add(owner)
  }

  /** The scope has closed: its names go. */
  disown(owner: ScopeOwner): Effect.Effect<void> {
    return Effect.suspend(() => {
      owner.closed = true
      this.scopeOwners.delete(owner)
      for (const entry of owner.entries.toArray()) entry.end()
      // A failed release is repeated by the next step; the names are not found here meanwhile.
      return this.pending.length === 0 ? Effect.void : Effect.ignore(this.flush, { log: "Warn" })
    })
  }

  entries(): Array<Entry> {
    const entries = this.owned.toArray()
    for (const owner of this.scopeOwners) entries.push(...owner.entries.toArray())
    return entries
  }

  ended(entry: Entry): void {
    this.size--
    this.endings++
    if (this.store.shared) {
      const name = nameOf(entry.row)
      if (this.byName.get(name) === entry) this.byName.delete(name)
    }
    this.releaseLater(entry.row)
  }

  // --- releases ------------------------------------------------------------------------------------------------------

  private releaseLater(claim: ClaimId): void {
    if (this.closed) return
    this.pending.push(claim)
    if (this.flushScheduled) return
    this.flushScheduled = true
    const fiber = Effect.runForkWith(this.context)(
      Effect.andThen(Effect.yieldNow, () => {
        this.flushScheduled = false
        return Effect.ignore(this.flush, { log: "Debug" })
      })
    )
    this.flushes.add(fiber)
    fiber.addObserver(() => this.flushes.delete(fiber))
  }

  /** Whether nothing waits to be released. */
  get isSettled(): boolean {
    return this.pending.length === 0 && !this.inFlight
  }

  /** Runs a step after everything that has ended here is released. */
  settled<A, E>(step: () => Effect.Effect<A, E>): Effect.Effect<A, E | BackendError> {
    if (this.isSettled) return step()
    return Effect.andThen(this.flush, step)
  }

  /** Releases what has ended here. */
  readonly flush: Effect.Effect<void, BackendError> = Effect.suspend(() =>
    this.store.shared ? this.flushing.withPermits(1)(this.releaseAll) : this.releaseAll
  )

  private readonly releaseAll: Effect.Effect<void, BackendError> = Effect.suspend(() => {
    const batch = this.pending
    if (batch.length === 0 || this.closed) return Effect.void
    this.pending = []
    this.inFlight = true
    return Effect.onExit(this.store.release(batch), (exit) =>
      Effect.sync(() => {
        this.inFlight = false
        if (Exit.isFailure(exit)) this.pending = [...batch, ...this.pending]
      })
    )
  })

  // --- sessions ------------------------------------------------------------------------------------------------------

  readonly open: Effect.Effect<void, BackendError> = Effect.suspend(() =>
    this.begun(this.store.open(this.session, this.leaseMillis))
  )

  /**
   * Notes until when the session surely lives: counted from before the store was asked, and a fifth early, for a clock
   * that runs slower than the store's.
   */
  private begun<E>(step: Effect.Effect<boolean | void, E>): Effect.Effect<boolean, E> {
    if (!this.store.shared) return Effect.as(step, true)
    return Effect.clockWith((clock) => {
      const now = monotonicMillis(clock)
      const wall = clock.currentTimeMillisUnsafe()
      return Effect.map(step, (lives) => {
        if (lives === false) return false
        this.heldUntil = now + this.leaseMillis * surely
        this.heldUntilWall = wall + this.leaseMillis * surely
        return true
      })
    })
  }

  /** Whether the session surely lives at this moment: neither clock says that its lease may be over. */
  livesSurely(clock: Clock.Clock): boolean {
    return monotonicMillis(clock) < this.heldUntil && clock.currentTimeMillisUnsafe() < this.heldUntilWall
  }

  /** One heartbeat for all entries; a session that is over is replaced. */
  readonly beat: Effect.Effect<void, BackendError> = Effect.suspend(() => {
    const { session } = this
    return Effect.flatMap(this.begun(this.store.renew(session, this.leaseMillis)), (lives) =>
      Effect.andThen(lives ? this.reclaim : this.recover(session), this.flush)
    )
  })

  /** The session is over: opens the next, and claims anew what the living entries stand for. */
  private recover(over: string): Effect.Effect<void, BackendError> {
    return this.recovering.withPermits(1)(
      Effect.suspend(() => {
        if (this.session !== over || this.closed) return Effect.void
        const session = `${this.unique}:${++this.epoch}`
        const opened = Effect.tap(this.begun(this.store.open(session, this.leaseMillis)), () =>
          Effect.sync(() => {
            this.session = session
          })
        )
        return Effect.andThen(opened, this.reclaimAll)
      })
    )
  }

  private readonly reclaim: Effect.Effect<void, BackendError> = Effect.suspend(() =>
    this.epoch === 0 ? Effect.void : this.recovering.withPermits(1)(this.reclaimAll)
  )

  /** Claims every entry of an earlier session anew. */
  private readonly reclaimAll: Effect.Effect<void, BackendError> = Effect.gen({ self: this }, function* () {
    const entries = this.entries().filter((entry) => entry.row.session !== this.session)
    for (let at = 0; at < entries.length; at += batchSize) {
      const batch = entries.slice(at, at + batchSize).filter((entry) => !entry.over)
      const rows = batch.map((entry) => copyRow(entry.row, { session: this.session, revision: 1 }))
      const claimed = yield* this.ask(rows)
      // Lapsed once more: the next heartbeat goes on from here.
      if (claimed._tag === "Lapsed") return
      for (const [index, entry] of batch.entries()) yield* this.reclaimed(entry, rows[index]!, claimed.holders[index])
    }
  })

  private reclaimed(entry: Entry, row: Row, holder: Row | undefined): Effect.Effect<unknown> {
    if (holder !== undefined) {
      entry.end()
      return PubSub.publish(this.losses, { entry, holder })
    }
    if (entry.over) this.releaseLater(row)
    else entry.row = row
    return Effect.void
  }

  /** Lets go of everything, here and in the store. */
  readonly close: Effect.Effect<void> = Effect.suspend(() => {
    this.closed = true
    for (const entry of this.entries()) entry.end()
    // What they would release goes with the session.
    const ended = Fiber.interruptAll([...this.flushes])
    return Effect.andThen(ended, Effect.ignore(this.store.retire(this.session), { log: "Warn" }))
  })
}

const nameOf = (name: { readonly namespace: string; readonly key: string }) => `${name.namespace}\u0000${name.key}`
