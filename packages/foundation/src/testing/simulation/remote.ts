/** A process on another node: envelopes and answers travel as messages of the virtual network. */
import { Exit } from "effect"
import { Address } from "../../process/internal/address.ts"
import type { Cell } from "../../process/internal/cell.ts"
import type { Deadlines } from "../../process/internal/deadlines.ts"
import { Envelope, type Reply } from "../../process/internal/message.ts"
import { CallCycle, ProcessDead } from "../../process/ProcessError.ts"
import type { Life } from "./life.ts"
import type { Network } from "./network.ts"

/** The two ends of an address, and what lies between. */
export interface Route {
  readonly network: Network
  readonly from: string
  readonly to: string
  /** The life of the sending node; asked for only while that node runs something. */
  readonly sender: () => Life
  /** Finds the process at the moment when a message arrives; `undefined` when this life does not have it. */
  readonly resolve: (life: Life) => Cell | undefined
  readonly label: string
  readonly capacity: number
  /** Makes the copy that arrives. */
  readonly copy: (value: unknown) => unknown
}

export class RemoteAddress extends Address {
  private readonly route: Route
  /** What has arrived of the requests that may have to be called back. */
  private readonly arrived = new WeakMap<Reply, Array<RemoteReply>>()

  constructor(route: Route) {
    super()
    this.route = route
  }

  get label(): string {
    return this.route.label
  }

  /** The caller's own timers: its patience is measured where it waits. */
  get deadlines(): Deadlines {
    return this.route.sender().deadlines
  }

  get capacity(): number {
    return this.route.capacity
  }

  /** The network takes everything; what becomes of it is not known here. */
  post(envelope: Envelope): boolean {
    const { copy, from, network, to } = this.route
    const sender = this.route.sender()
    const payload = copy(envelope.payload)
    network.send(from, to, `${this.label} ${envelope.tag}`, (life) => this.receive(envelope, payload, sender, life))
    return true
  }

  whenRoom(): boolean {
    return false
  }

  onAbandoned(reply: Reply): void {
    const replies = this.arrived.get(reply)
    if (replies === undefined || !reply.interruptOnTimeout) return
    const { from, network, to } = this.route
    network.send(from, to, `${this.label} interrupt`, () => {
      for (const arrived of replies) arrived.abandon()
    })
  }

  private receive(envelope: Envelope, payload: unknown, sender: Life, life: Life): void {
    const { frame, reply, span, tag } = envelope
    const target = this.route.resolve(life)
    const remote = reply === undefined ? undefined : new RemoteReply(this.route, reply, tag, sender, life, target)
    if (target === undefined) {
      remote?.settle(Exit.fail(new ProcessDead({ process: this.label })))
      return
    }
    if (frame !== undefined && remote !== undefined && frame.waitsFor(target)) {
      const chain = [...frame.chain().map((process) => process.label), this.label]
      return remote.settle(Exit.fail(new CallCycle({ chain })))
    }
    if (reply !== undefined && remote !== undefined) {
      const arrived = this.arrived.get(reply)
      if (arrived === undefined) this.arrived.set(reply, [remote])
      else arrived.push(remote)
    }
    target.send(new Envelope(tag, payload, remote, frame, span), () => remote?.settle(target.full()))
  }
}

/** The answer's way back. Each copy of a request that arrives has its own. */
class RemoteReply implements Reply {
  abandoned = false
  readonly interruptOnTimeout: boolean
  private done = false
  private readonly route: Route
  private readonly reply: Reply
  private readonly tag: string
  private readonly sender: Life
  private readonly life: Life
  private readonly target: Cell | undefined

  constructor(route: Route, reply: Reply, tag: string, sender: Life, life: Life, target: Cell | undefined) {
    this.route = route
    this.reply = reply
    this.tag = tag
    this.sender = sender
    this.life = life
    this.target = target
    this.interruptOnTimeout = reply.interruptOnTimeout
  }

  settle(exit: Exit.Exit<unknown, unknown>): void {
    if (this.done || !this.life.alive) return
    this.done = true
    const { copy, from, label, network, to } = this.route
    const answer = exit._tag === "Success" ? Exit.succeed(copy(exit.value)) : exit
    network.send(to, from, `${label} ${this.tag} answer`, (life) => {
      // A node that has restarted since knows nothing of the request.
      if (life === this.sender) this.reply.settle(answer)
    })
  }

  abandon(): void {
    if (this.done || this.abandoned) return
    this.abandoned = true
    this.target?.onAbandoned(this)
  }
}
