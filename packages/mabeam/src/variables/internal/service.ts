/** The driver of shared variables: the cells, and the effects that read, change and tell them. */
import { Process } from "@foundation/core"
import type { Consensus } from "@mabeam/economics"
import { Effect, Option, Result, Stream } from "effect"
import type { Member } from "../../agents/Team.ts"
import type { Coordination } from "../../coordination/Coordination.ts"
import type { ConsensusReceipt } from "../../coordination/Receipts.ts"
import type {
  AnnounceOptions,
  Announced,
  Change,
  CommitError,
  Definition,
  ProposeOptions,
  Proposed,
  SetOptions,
  Variable,
  Variables,
  Why
} from "../Variables.ts"
import type { Evidence } from "../VariableChange.ts"
import {
  InvalidDefinition,
  InvalidValue,
  NotPermitted,
  NotShared,
  TooManyVariables,
  VariableExists,
  VariableNotFound,
  VersionConflict,
  VersionNotFound
} from "../VariablesError.ts"
import { isType, kinds } from "../VariableType.ts"
import { type Allowed, changeable, judge } from "./judge.ts"
import { follow, now, type Subscriber, VariableCell } from "./cell.ts"

export interface Limits {
  readonly variablesMax: number
  readonly rule: Consensus.Rule
}

const nameMax = 255
const historyLimitDefault = 50

/** How many used receipts are remembered; far more than a coordination keeps, so none comes back. */
const usedMax = 100_000

export const makeVariables = (coordination: Coordination["Service"], limits: Limits): Variables["Service"] => {
  const held = new Held(limits)
  const find = (name: string) => held.find(name)

  const propose: Variables["Service"]["propose"] = Effect.fnUntraced(function* (options) {
    const { deadline, team } = options
    const rule = options.rule ?? limits.rule
    const proposal = yield* fromResult(proposalOf(held, options))
    const receipt = yield* coordination.decide({ team, proposal, deadline, rule, early: options.early })
    const committed = yield* Effect.result(commit(receipt))
    if (Result.isFailure(committed)) return notCommitted(receipt, committed.failure)
    const told = yield* tell(
      committed.success.map(({ to, variable, version }) => ({ variable, value: to, version })),
      {
        team,
        deadline
      }
    )
    return { receipt, committed: true, changes: committed.success, refused: undefined, ...told }
  })

  const commit = (receipt: ConsensusReceipt): Effect.Effect<ReadonlyArray<Change>, CommitError> =>
    Effect.flatMap(Effect.all([coordination.receipt(receipt.session), now]), ([kept, at]) =>
      fromResult(held.commit(receipt, { kept: Option.getOrUndefined(kept), at }))
    )

  return {
    define: (definition) => Effect.flatMap(now, (at) => fromResult(held.define(definition, at))),
    get: (name) =>
      Effect.suspend(() => {
        const cell = held.cells.get(name)
        return cell === undefined ? Effect.fail(new VariableNotFound({ name })) : Effect.succeed(cell.value)
      }),
    lookup: (name) =>
      Effect.sync(() => Option.map(Option.fromUndefinedOr(held.cells.get(name)), (cell) => cell.info())),
    info: (name) => Effect.map(find(name), (cell) => cell.info()),
    list: (options) =>
      Effect.sync(() =>
        [...held.cells.values()].flatMap((cell) =>
          options?.scope === undefined || options.scope === cell.scope ? [cell.info()] : []
        )
      ),
    why: (name) => Effect.map(find(name), (cell) => cell.why),
    set: (name, value, options) => Effect.flatMap(now, (at) => fromResult(held.set(name, value, options, at))),
    rollback: (name, version, options) =>
      Effect.flatMap(now, (at) => fromResult(held.rollback(name, version, options, at))),
    delete: (name, { by }) => Effect.suspend(() => fromResult(held.delete(name, by))),
    history: (name, options) =>
      Effect.map(find(name), ({ past }) =>
        past.toReversed().slice(0, Math.max(0, options?.limit ?? historyLimitDefault))
      ),
    watch: (name) =>
      Stream.unwrap(
        Effect.map(find(name), (cell) =>
          follow(
            (subscriber) => cell.subscribe(subscriber),
            () => cell.info(),
            () => cell.info()
          )
        )
      ),
    changes: (name) =>
      name === undefined
        ? follow((subscriber) => held.subscribe(subscriber), same)
        : Stream.unwrap(Effect.map(find(name), (cell) => follow((subscriber) => cell.subscribe(subscriber), same))),
    commit,
    propose,
    announce: (names, options) =>
      Effect.flatMap(
        Effect.forEach(names, (name) =>
          Effect.flatMap(find(name), ({ owner, scope, value, version }) =>
            scope === "local"
              ? Effect.fail(new NotShared({ name, owner }))
              : Effect.succeed({ variable: name, value, version })
          )
        ),
        (news) => tell(news, options)
      )
  }
}

const same = (change: Change): Change => change

const fromResult = <A, E>(result: Result.Result<A, E>): Effect.Effect<A, E> =>
  Result.isSuccess(result) ? Effect.succeed(result.success) : Effect.fail(result.failure)

// --- state -----------------------------------------------------------------------------------------------------------

/** The variables, and the receipts that have changed them. Everything here is one step. */
class Held {
  readonly cells = new Map<string, VariableCell>()
  private readonly used = new Set<string>()
  private readonly subscribers = new Set<Subscriber>()
  private readonly limits: Limits

  constructor(limits: Limits) {
    this.limits = limits
  }

  find(name: string): Effect.Effect<VariableCell, VariableNotFound> {
    return Effect.suspend(() => fromResult(this.lookup(name)))
  }

  private lookup(name: string): Result.Result<VariableCell, VariableNotFound> {
    const cell = this.cells.get(name)
    return cell === undefined ? Result.fail(new VariableNotFound({ name })) : Result.succeed(cell)
  }

  subscribe(subscriber: Subscriber): () => void {
    this.subscribers.add(subscriber)
    return () => void this.subscribers.delete(subscriber)
  }

  define<T>(
    definition: Definition<T>,
    at: number
  ): Result.Result<Variable<T>, VariableExists | InvalidDefinition | InvalidValue | TooManyVariables> {
    const { initial, name, restored, type } = definition
    const { variablesMax } = this.limits
    if (this.cells.has(name)) return Result.fail(new VariableExists({ name }))
    const flaw = flawOf(definition)
    if (flaw !== undefined) return Result.fail(flaw)
    for (const value of restored === undefined ? [initial] : [initial, restored.value]) {
      if (!type.is(value)) return Result.fail(new InvalidValue({ name, value, allowed: type.allowed }))
    }
    if (this.cells.size >= variablesMax) return Result.fail(new TooManyVariables({ variablesMax }))
    const cell = new VariableCell(definition, at)
    this.cells.set(name, cell)
    return Result.succeed(this.handle(cell, definition))
  }

  /** The cell holds values of the type of its definition, and nothing else: here it is said to the types. */
  private handle<T>(cell: VariableCell, { name, type }: Definition<T>): Variable<T> {
    return {
      name,
      type,
      get: cell.get as Variable<T>["get"],
      getUnsafe: () => cell.value as T,
      set: (value, options) =>
        Effect.flatMap(now, (at) =>
          fromResult(cell.isDeleted ? Result.fail(new VariableNotFound({ name })) : this.set(name, value, options, at))
        )
    }
  }

  set(
    name: string,
    value: unknown,
    options: SetOptions,
    at: number
  ): Result.Result<Change, VariableNotFound | InvalidValue | NotPermitted | VersionConflict> {
    return Result.flatMap(this.changeable(name, options), (cell) => {
      const { allowed } = cell.type
      return cell.type.is(value)
        ? Result.succeed(this.advance(cell, value, { by: options.by, at, ...options.why }))
        : Result.fail(new InvalidValue({ name, value, allowed }))
    })
  }

  rollback(
    name: string,
    version: number,
    options: SetOptions,
    at: number
  ): Result.Result<Change, VariableNotFound | NotPermitted | VersionConflict | VersionNotFound> {
    return Result.flatMap(this.changeable(name, options), (cell) => {
      const { past } = cell
      const found = past.find((change) => change.version === version)
      if (found !== undefined) {
        const why = { by: options.by, at, ...options.why, rolledBackTo: version }
        return Result.succeed(this.advance(cell, found.to, why))
      }
      return Result.fail(new VersionNotFound({ name, version, oldest: past[0]!.version, newest: cell.version }))
    })
  }

  delete(name: string, by: string): Result.Result<void, VariableNotFound | NotPermitted> {
    return Result.map(this.owned(name, by), (cell) => {
      this.cells.delete(name)
      cell.end()
    })
  }

  commit(
    receipt: ConsensusReceipt,
    { at, kept }: { readonly kept: Parameters<typeof judge>[1]["kept"]; readonly at: number }
  ): Result.Result<ReadonlyArray<Change>, CommitError> {
    const { cells, used } = this
    const judged = judge(receipt, { cells, used, kept, rule: this.limits.rule }, at)
    return Result.map(judged, ({ allowed, why }) => {
      used.add(receipt.session)
      if (used.size > usedMax) used.delete(used.values().next().value!)
      return allowed.map(({ cell, value }: Allowed) => this.advance(cell, value, why))
    })
  }

  /** The variable, if `by` may change it as its owner. */
  private owned(name: string, by: string): Result.Result<VariableCell, VariableNotFound | NotPermitted> {
    const cell = this.cells.get(name)
    if (cell === undefined) return Result.fail(new VariableNotFound({ name }))
    const { owner, policy } = cell
    return policy === "owner" && by === owner
      ? Result.succeed(cell)
      : Result.fail(new NotPermitted({ name, by, owner, policy }))
  }

  /** The owner's variable, in the version that the change is for. */
  private changeable(
    name: string,
    { by, expectedVersion }: SetOptions
  ): Result.Result<VariableCell, VariableNotFound | NotPermitted | VersionConflict> {
    const owned = this.owned(name, by)
    if (Result.isFailure(owned) || expectedVersion === undefined) return owned
    const { version: actual } = owned.success
    return actual === expectedVersion
      ? owned
      : Result.fail(new VersionConflict({ name, expected: expectedVersion, actual }))
  }

  private advance(cell: VariableCell, value: unknown, why: Why): Change {
    const change = cell.advance(value, why)
    for (const subscriber of this.subscribers) subscriber.tell(change)
    return change
  }
}

/** What is wrong with a definition. It may come from where no types are checked. */
const flawOf = (definition: Definition<unknown>): InvalidDefinition | undefined => {
  const { historyMax = 1, name, owner, policy = "owner", restored, scope = "global", type } = definition
  const flaw = (field: InvalidDefinition["field"], because: string) => new InvalidDefinition({ name, field, because })
  if (!isName(name)) return flaw("name", `it is text of 1 to ${nameMax} characters`)
  if (!isName(owner)) return flaw("owner", `it is text of 1 to ${nameMax} characters`)
  if (!isType(type)) return flaw("type", `a type is one of ${kinds.join(", ")}`)
  if (type.flaw !== undefined) return flaw("type", type.flaw)
  if (policy !== "owner" && policy !== "consensus") return flaw("policy", `"${String(policy)}" is none`)
  if (scope !== "local" && scope !== "global") return flaw("scope", `"${String(scope)}" is not kept in memory`)
  if (scope === "local" && policy === "consensus") return flaw("scope", "a local variable is changed by its owner")
  if (!Number.isInteger(historyMax) || historyMax < 1) return flaw("historyMax", "at least 1 change is kept")
  if (restored === undefined || (Number.isSafeInteger(restored.version) && restored.version >= 1)) return undefined
  return flaw("restored", `${restored.version} is no version`)
}

const isName = (value: unknown): boolean => typeof value === "string" && value.length >= 1 && value.length <= nameMax

// --- proposals -------------------------------------------------------------------------------------------------------

/** The proposal that the team votes on, once it is clear that accepting it would make sense. */
const proposalOf = (held: Held, options: ProposeOptions) => {
  const { because, by, evidence: given, subject, trial } = options
  const changes = Object.entries(options.changes)
  const bases: Array<readonly [string, number]> = []
  for (const [name, value] of changes) {
    const checked = changeable(held.cells.get(name), name, value)
    if (Result.isFailure(checked)) return Result.fail(checked.failure)
    bases.push([name, checked.success.cell.version])
  }
  const evidence: Evidence = {
    by,
    baseVersions: Object.fromEntries(bases),
    ...(trial === undefined ? {} : { trial }),
    ...(because === undefined ? {} : { because }),
    ...(given === undefined ? {} : { given })
  }
  // A copy: what was voted on stays as it was, whatever the proposer does to its own object.
  return Result.succeed({
    subject: subject ?? changes.map(([name]) => name).join(", "),
    value: Object.freeze(Object.fromEntries(changes)),
    evidence: Object.freeze(evidence)
  })
}

const notCommitted = (receipt: ConsensusReceipt, refused: CommitError): Proposed => ({
  receipt,
  committed: false,
  changes: [],
  refused,
  acknowledged: [],
  silent: []
})

interface News {
  readonly variable: string
  readonly value: unknown
  readonly version: number
}

/** Tells every member each piece of news, all at once. */
const tell = (news: ReadonlyArray<News>, { deadline, team }: AnnounceOptions): Effect.Effect<Announced> =>
  Effect.map(
    Effect.forEach(news, (one) => Process.gather(team.refs, "Changed", one, { deadline }), {
      concurrency: "unbounded"
    }),
    (gathered) => {
      const counts = new Map<string, number>()
      for (const { replies } of gathered) {
        for (const { from } of replies) counts.set(team.idOf(from), (counts.get(team.idOf(from)) ?? 0) + 1)
      }
      const hasHeard = ({ id }: Member) => (counts.get(id) ?? 0) === news.length
      return {
        acknowledged: team.members.filter(hasHeard).map(({ id }) => id),
        silent: team.members.filter((member) => !hasHeard(member)).map(({ id }) => id)
      }
    }
  )
