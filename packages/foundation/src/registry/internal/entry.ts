/**
 * The local side of a registration: who owns it, which process it names, and when it ends. An entry is its own watcher of
 * the cells it depends on; there is no fiber, scope or closure per entry.
 */
import type { RpcGroup } from "effect/rpc"
import type { Cell, Watcher } from "../../process/internal/cell.ts"
import type { Metadata, Row, Term } from "../RegistryStore.ts"

/** A chain of entries: an entry is in exactly one, that of its owner. */
export class EntryList {
  private first: Entry | undefined = undefined

  add(entry: Entry): void {
    const { first } = this
    entry.list = this
    entry.next = first
    if (first !== undefined) first.previous = entry
    this.first = entry
  }

  remove(entry: Entry): void {
    const { next, previous } = entry
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next !== undefined) next.previous = previous
    entry.list = entry.previous = entry.next = undefined
  }

  toArray(): Array<Entry> {
    const entries: Array<Entry> = []
    for (let entry = this.first; entry !== undefined; entry = entry.next) entries.push(entry)
    return entries
  }
}

/** Owns the names that are registered outside of processes: it stands for a scope. */
export class ScopeOwner {
  readonly entries = new EntryList()
  closed = false
}

/** Who may take a name back: a process or a scope. */
export type Owner = Cell | ScopeOwner

/** Told when an entry that had begun has ended. */
export interface EntryKeeper {
  ended(entry: Entry): void
}

/** A row with other content; never more than a row, whatever the first one was. */
export const copyRow = (row: Row, change: Partial<Row>): Row => ({
  namespace: row.namespace,
  key: row.key,
  session: change.session ?? row.session,
  claim: row.claim,
  node: row.node,
  label: row.label,
  metadata: change.metadata ?? row.metadata,
  revision: change.revision ?? row.revision,
  terms: change.terms ?? row.terms,
  handle: row.handle
})

/** An entry is also the row of its claim: a store in this process keeps it as it is, and one object per name is enough. */
export class Entry implements Watcher, Row {
  // First what a look-up reads, so that it is in one line of the processor's cache: among many names, most of a look-up is
  // waiting for memory.
  readonly session: string
  readonly claim: number
  /** Not held any more; what the store still says is about to be taken back. */
  over = false
  readonly protocol: RpcGroup.Any
  readonly cell: Cell
  readonly namespace: string
  readonly key: string
  readonly node: string
  readonly label: string
  readonly metadata: Metadata
  readonly revision = 1
  readonly terms: ReadonlyArray<Term>
  private readonly keeper: EntryKeeper
  readonly owner: Owner
  /** Whether the entry outlives incarnations of its owner. */
  private readonly reserved: boolean
  /** The incarnation of the owner that registered, if a process did. */
  private readonly incarnation: number
  list: EntryList | undefined = undefined
  previous: Entry | undefined = undefined
  next: Entry | undefined = undefined
  /** The entry as the store has it, as far as is known here: itself, until something changes. */
  row: Row

  constructor(
    keeper: EntryKeeper,
    protocol: RpcGroup.Any,
    cell: Cell,
    owner: Owner,
    reserved: boolean,
    claim: Omit<Row, "revision" | "handle">
  ) {
    this.namespace = claim.namespace
    this.key = claim.key
    this.session = claim.session
    this.claim = claim.claim
    this.node = claim.node
    this.label = claim.label
    this.metadata = claim.metadata
    this.terms = claim.terms
    this.keeper = keeper
    this.protocol = protocol
    this.cell = cell
    this.owner = owner
    this.reserved = reserved
    this.incarnation = owner instanceof ScopeOwner ? 0 : owner.incarnation
    this.row = this
  }

  get handle(): this {
    return this
  }

  /** Whether process and owner, as they were when the entry was made, are still there. */
  get isFounded(): boolean {
    const { owner } = this
    if (this.cell.isDead) return false
    if (owner instanceof ScopeOwner) return !owner.closed
    return this.reserved ? !owner.isDead : !owner.isOver(this.incarnation)
  }

  /** Begins to follow the lives that the entry depends on. */
  begin(list: EntryList): void {
    list.add(this)
    this.cell.watch(this)
    if (this.owner !== this.cell && !(this.owner instanceof ScopeOwner)) this.owner.watch(this)
  }

  /** Lets go of everything local, and tells the registry so. */
  end(): void {
    if (this.over) return
    this.over = true
    this.list?.remove(this)
    this.cell.unwatch(this)
    if (this.owner !== this.cell && !(this.owner instanceof ScopeOwner)) this.owner.unwatch(this)
    this.keeper.ended(this)
  }

  onExit(cell: Cell): void {
    if (cell === this.owner && !this.reserved) this.end()
  }

  onDead(): void {
    this.end()
  }
}
