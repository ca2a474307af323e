/** The virtual network: one link for each ordered pair of nodes, with delay, loss, duplication, reordering and cuts. */
import { Duration } from "effect"
import { Chance } from "./chance.ts"
import type { Life } from "./life.ts"
import type { World } from "./world.ts"

/** How messages travel. Each field is of one direction of one link; what is left out keeps its value. */
export interface NetworkOptions {
  /** How long a message takes: always this, or uniformly from the first to the second. Default 1 to 10 milliseconds. */
  readonly delay?: Duration.Input | { readonly min: Duration.Input; readonly max: Duration.Input } | undefined
  /** The probability that a message is lost. Default 0. */
  readonly loss?: number | undefined
  /** The probability that a message arrives twice. Default 0. */
  readonly duplicate?: number | undefined
  /** The probability that a message does not wait for those sent before it. Default 0. */
  readonly reorder?: number | undefined
}

interface Quality {
  readonly delayMin: number
  readonly delayMax: number
  readonly loss: number
  readonly duplicate: number
  readonly reorder: number
}

const defaults: Quality = { delayMin: 1, delayMax: 10, loss: 0, duplicate: 0, reorder: 0 }

class Link {
  quality: Quality
  cut = false
  /** When the last message in order arrives. */
  last = 0
  constructor(quality: Quality) {
    this.quality = quality
  }
}

export class Network {
  private readonly world: World
  private readonly links = new Map<string, Map<string, Link>>()
  private readonly chance: Chance
  private readonly lifeOf: (node: string) => Life | undefined

  constructor(
    world: World,
    nodes: ReadonlyArray<string>,
    options: NetworkOptions | undefined,
    lifeOf: (node: string) => Life | undefined
  ) {
    this.world = world
    this.lifeOf = lifeOf
    this.chance = new Chance(world.seed, "network")
    const quality = changed(defaults, options)
    for (const from of nodes) {
      this.links.set(from, new Map(nodes.filter((to) => to !== from).map((to) => [to, new Link(quality)])))
    }
  }

  /**
   * Sends something to whatever life the other node has when it arrives. It is lost when the link is cut at its start or
   * at its end, or when the node is down; a paused node finds it after the pause.
   */
  send(from: string, to: string, what: string, arrive: (life: Life) => void): void {
    const { world } = this
    const deliver = () => {
      const life = this.lifeOf(to)
      if (life === undefined) return world.record(to, "lost", `${what} from ${from}: node down`)
      world.enqueue(life.inbox(from), () => {
        world.record(to, "deliver", `${what} from ${from}`)
        arrive(life)
      })
    }
    if (from === to) return deliver()
    const link = this.link(from, to)
    world.record(from, "send", `${what} to ${to}`)
    if (link.cut) return world.record(from, "lost", `${what} to ${to}: cut`)
    if (this.chance.happens(link.quality.loss)) return world.record(from, "lost", `${what} to ${to}: chance`)
    const twice = this.chance.happens(link.quality.duplicate)
    if (twice) world.record(from, "repeat", `${what} to ${to}`)
    for (let copies = twice ? 2 : 1; copies > 0; copies--) {
      world.timers.add(this.arrival(link), 0, undefined, () => {
        if (link.cut) world.record(to, "lost", `${what} from ${from}: cut`)
        else deliver()
      })
    }
  }

  private arrival(link: Link): number {
    const { delayMax, delayMin, reorder } = link.quality
    const at = this.world.now + this.chance.between(delayMin, delayMax)
    if (this.chance.happens(reorder)) return at
    return (link.last = Math.max(at, link.last))
  }

  /** Cuts or joins every link that leads from one of `from` to one of `to`. */
  setCut(from: ReadonlyArray<string>, to: ReadonlyArray<string>, cut: boolean): void {
    for (const a of from) for (const b of to) if (a !== b) this.link(a, b).cut = cut
  }

  isCut(from: string, to: string): boolean {
    return from !== to && this.link(from, to).cut
  }

  change(from: ReadonlyArray<string>, to: ReadonlyArray<string>, options: NetworkOptions): void {
    for (const a of from) {
      for (const b of to) {
        if (a === b) continue
        const link = this.link(a, b)
        link.quality = changed(link.quality, options)
      }
    }
  }

  private link(from: string, to: string): Link {
    const link = this.links.get(from)?.get(to)
    if (link === undefined) throw new RangeError(`the simulation has no link from "${from}" to "${to}"`)
    return link
  }
}

const changed = (quality: Quality, options: NetworkOptions | undefined): Quality => {
  const delay = options?.delay
  const range = typeof delay === "object" && "min" in delay && "max" in delay ? delay : undefined
  return {
    delayMin: millisOf(
      range?.min ?? (range === undefined ? (delay as Duration.Input | undefined) : undefined),
      quality.delayMin
    ),
    delayMax: millisOf(
      range?.max ?? (range === undefined ? (delay as Duration.Input | undefined) : undefined),
      quality.delayMax
    ),
    loss: probability("loss", options?.loss ?? quality.loss),
    duplicate: probability("duplicate", options?.duplicate ?? quality.duplicate),
    reorder: probability("reorder", options?.reorder ?? quality.reorder)
  }
}

const millisOf = (duration: Duration.Input | undefined, otherwise: number): number =>
  duration === undefined ? otherwise : Math.round(Duration.toMillis(duration))

const probability = (name: string, value: number): number => {
  if (value >= 0 && value <= 1) return value
  throw new RangeError(`"${name}" is a probability from 0 to 1, not ${value}`)
}
