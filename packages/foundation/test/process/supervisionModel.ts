/**
 * What supervisors are to do, written down once more and as simply as possible: no effects, no kernel, no code shared
 * with `src`. A tree of plain objects, a queue of ends to decide about, and a log of starts and stops.
 */

export interface Budget {
  readonly restarts: number
  readonly within: number
  readonly onExceeded: "give-up" | "escalate"
}

export interface NodeSpec {
  readonly id: string
  readonly restart: "permanent" | "transient" | "temporary"
  readonly budget: Budget | undefined
  readonly backoff: { readonly millis: number; readonly times: number } | undefined
  /** Which of its inits fail, counted over the whole run. */
  readonly failAt: ReadonlyArray<number>
  readonly named: boolean
  /** Present if it is a supervisor. */
  readonly group: GroupSpec | undefined
}

export interface GroupSpec {
  readonly strategy: "one_for_one" | "one_for_all" | "rest_for_one"
  readonly restarts: number
  readonly within: number
  readonly children: ReadonlyArray<NodeSpec>
}

export type Exit = "normal" | "shutdown" | "killed" | "crashed"

interface Group {
  readonly spec: GroupSpec
  members: Array<Member>
  times: Array<number>
}

interface Member {
  readonly spec: NodeSpec
  readonly parent: Group
  status: "running" | "ended" | "backing-off" | "down" | "gave-up"
  /** Counts its starts, so that what concerns an earlier life can be told. */
  life: number
  restarts: number
  startedAt: number
  times: Array<number>
  waitsUsed: number
  group: Group | undefined
}

interface End {
  readonly member: Member
  readonly life: number
  readonly exit: Exit
}

interface Due {
  readonly member: Member
  readonly life: number
  readonly at: number
}

export interface Seen {
  readonly id: string
  readonly status: string
  readonly restarts: number
  readonly children?: ReadonlyArray<Seen>
}

class Escalation {
  readonly group: Group
  constructor(group: Group) {
    this.group = group
  }
}

export class Model {
  log: Array<string> = []
  now = 0
  private readonly starts = new Map<string, number>()
  private readonly top: Member
  private ends: Array<End> = []
  private dues: Array<Due> = []

  constructor(root: NodeSpec) {
    this.top = this.member({ spec: root.group!, members: [], times: [] }, root)
  }

  start(): boolean {
    return this.up(this.top)
  }

  get isAlive(): boolean {
    return this.top.status === "running"
  }

  /** Everything that is there, supervisors included. */
  private everybody(group: Group | undefined): Array<Member> {
    return (group?.members ?? []).flatMap((member) => [member, ...this.everybody(member.group)])
  }

  find(id: string): Member | undefined {
    return this.everybody(this.top.group).find((member) => member.spec.id === id)
  }

  isRunning(id: string): boolean {
    return id === "root" ? this.isAlive : this.find(id)?.status === "running"
  }

  seen(group = this.top.group): ReadonlyArray<Seen> {
    return (group?.members ?? []).map((member) => {
      const { group, restarts, spec, status } = member
      const seen = { id: spec.id, status, restarts }
      return group === undefined ? seen : { ...seen, children: this.seen(group) }
    })
  }

  /** How many names are held: by whoever is there and not given up. */
  get names(): number {
    return this.everybody(this.top.group).filter(({ spec, status }) => spec.named && status !== "gave-up").length
  }

  // --- what happens --------------------------------------------------------------------------------------------------

  /** Some processes end by themselves at the same moment, in this order. */
  end(some: ReadonlyArray<{ readonly id: string; readonly exit: Exit }>): void {
    for (const { exit, id } of some) {
      const member = id === "root" ? this.top : this.find(id)!
      this.down(member)
      if (member === this.top) return
      member.status = "ended"
      this.ends.push({ member, life: member.life, exit })
    }
    this.settle()
  }

  stop(id: string): void {
    const member = this.find(id)!
    this.down(member)
    this.forget(member)
  }

  restart(id: string): void {
    let member = this.find(id)!
    if (member.status === "gave-up") {
      const anew = this.member(member.parent, member.spec)
      member.parent.members = member.parent.members.map((other) => (other === member ? anew : other))
      member = anew
    } else this.down(member)
    if (!this.up(member)) this.forget(member)
  }

  add(groupId: string, spec: NodeSpec): "added" | "exists" | "failed" {
    const group = groupId === "root" ? this.top.group! : this.find(groupId)!.group!
    const present = group.members.findIndex((member) => member.spec.id === spec.id)
    if (present >= 0 && group.members[present]!.status !== "gave-up") return "exists"
    const member = this.member(group, spec)
    if (present >= 0) group.members[present] = member
    else group.members.push(member)
    if (this.up(member)) return "added"
    this.forget(member)
    return "failed"
  }

  /** When the next wait is over, if one ends by `latest`. */
  nextDue(latest: number): number | undefined {
    this.dues = this.dues.filter(({ life, member }) => member.status === "backing-off" && member.life === life)
    const at = Math.min(...this.dues.map(({ at }) => at))
    return at <= latest ? at : undefined
  }

  /** Whether waits in several groups end at this time: which supervisor comes first is nobody's promise. */
  isRace(at: number): boolean {
    return new Set(this.dues.filter((due) => due.at === at).map(({ member }) => member.parent)).size > 1
  }

  moveTo(now: number): void {
    this.now = now
    for (const due of this.dues.filter(({ at }) => at === now)) {
      this.dues = this.dues.filter((other) => other !== due)
      const { life, member } = due
      if (member.status !== "backing-off" || member.life !== life) continue
      this.within(() => this.revive(member))
      this.settle()
    }
  }

  // --- rules ---------------------------------------------------------------------------------------------------------

  private settle(): void {
    for (let end = this.ends.shift(); end !== undefined; end = this.ends.shift()) {
      const { exit, life, member } = end
      if (member.status === "ended" && member.life === life) this.within(() => this.decide(member, exit, true))
    }
  }

  /** Runs a decision; when it escalates, the supervisor goes down and its own end is to be decided about. */
  private within(decision: () => void): void {
    try {
      decision()
    } catch (escalation) {
      if (!(escalation instanceof Escalation)) throw escalation
      const member = this.ownerOf(escalation.group)
      this.down(member)
      if (member === this.top) return
      member.status = "ended"
      this.ends.push({ member, life: member.life, exit: "crashed" })
    }
  }

  private decide(member: Member, exit: Exit, hasLived: boolean): void {
    const { backoff, budget, restart } = member.spec
    const isAbnormal = exit === "killed" || exit === "crashed"
    if (restart === "temporary" || (restart === "transient" && !isAbnormal)) return this.forget(member)
    const limits = budget ?? member.parent.spec
    const times = budget === undefined ? member.parent.times : member.times
    times.push(this.now)
    if (times.filter((time) => this.now - time < limits.within).length > limits.restarts) return this.exceed(member)
    if (backoff === undefined) return this.revive(member)
    if (hasLived && this.now - member.startedAt > limits.within) member.waitsUsed = 0
    if (member.waitsUsed === backoff.times) return this.exceed(member)
    member.waitsUsed++
    member.status = "backing-off"
    this.dues.push({ member, life: member.life, at: this.now + backoff.millis })
  }

  private exceed(member: Member): void {
    if (member.spec.budget?.onExceeded !== "give-up") throw new Escalation(member.parent)
    member.status = "gave-up"
  }

  private revive(member: Member): void {
    const { members, spec } = member.parent
    const from = { one_for_one: members.indexOf(member), one_for_all: 0, rest_for_one: members.indexOf(member) }
    const to = spec.strategy === "one_for_one" ? from.one_for_one + 1 : members.length
    const group = members.slice(from[spec.strategy], to).filter(({ status }) => status !== "gave-up")
    for (const other of group.toReversed()) this.down(other)
    for (const other of group) {
      if (other.status !== "down" || !member.parent.members.includes(other)) continue
      if (other !== member && other.spec.restart === "temporary") {
        this.forget(other)
        continue
      }
      other.restarts++
      if (!this.up(other)) this.decide(other, "crashed", false)
    }
  }

  private up(member: Member): boolean {
    const { group, id } = member.spec
    const nth = (this.starts.get(id) ?? 0) + 1
    this.starts.set(id, nth)
    member.life++
    if (group === undefined) {
      if (member.spec.failAt.includes(nth)) return false
      this.log.push(`+${id}`)
    } else {
      const made: Group = { spec: group, members: [], times: [] }
      member.group = made
      for (const spec of group.children) {
        const child = this.member(made, spec)
        made.members.push(child)
        if (this.up(child)) continue
        made.members.pop()
        for (const started of made.members.toReversed()) this.down(started)
        member.group = undefined
        return false
      }
    }
    member.status = "running"
    member.startedAt = this.now
    return true
  }

  private down(member: Member): void {
    if (member.status === "running" && member.group === undefined) this.log.push(`-${member.spec.id}`)
    for (const child of (member.group?.members ?? []).toReversed()) this.down(child)
    member.group = undefined
    if (member.status !== "gave-up") member.status = "down"
  }

  private forget(member: Member): void {
    member.status = "down"
    member.parent.members = member.parent.members.filter((other) => other !== member)
  }

  private member(parent: Group, spec: NodeSpec): Member {
    const counts = { life: 0, restarts: 0, startedAt: 0, waitsUsed: 0 }
    return { spec, parent, status: "down", ...counts, times: [], group: undefined }
  }

  private ownerOf(group: Group): Member {
    const owner = [this.top, ...this.everybody(this.top.group)].find((member) => member.group === group)
    if (owner === undefined) throw new Error("a group without an owner")
    return owner
  }
}
