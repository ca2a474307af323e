/** Laws of vector clocks (P12), each over 10,000 cases in CI. */
import { describe } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as VectorClock from "../../src/coordination/VectorClock.ts"
import { campaign, law } from "../../src/testing/law.ts"

const { compare, get, includes, increment, merge, prune } = VectorClock
const runs = campaign(10_000, 100_000)

const nodes = ["a", "b", "c", "constructor"] as const
const Node = Schema.Literals(nodes)
const Counts = Schema.Struct({ a: small(), b: small(), c: small(), constructor: small() })
function small() {
  return Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 }))
}

const clocks = Arbitrary.map(Arbitrary.schema(Counts), (counts) => VectorClock.makeUnsafe(Object.entries(counts)))
const pairs = Arbitrary.all([clocks, clocks])
const triples = Arbitrary.all([clocks, clocks, clocks])

const same = (a: VectorClock.VectorClock, b: VectorClock.VectorClock) =>
  a.size === b.size && [...a].every(([node, count]) => b.get(node) === count)
const mirrored = { before: "after", after: "before", concurrent: "concurrent", equal: "equal" } as const

describe("vector clock laws (P12)", () => {
  law("merge is associative", runs, triples, ([a, b, c]) => same(merge(merge(a, b), c), merge(a, merge(b, c))))
  law("merge is commutative", runs, pairs, ([a, b]) => same(merge(a, b), merge(b, a)))
  law("merge is idempotent and knows a neutral element", runs, pairs, ([a, b]) => {
    const joined = merge(a, b)
    return same(merge(joined, a), joined) && same(merge(a, a), a) && same(merge(a, VectorClock.empty), a)
  })
  law("merge is the least clock that includes both", runs, triples, ([a, b, c]) => {
    const joined = merge(a, b)
    return includes(joined, a) && includes(joined, b) && (!(includes(c, a) && includes(c, b)) || includes(c, joined))
  })
  law("no zero is ever stored", runs, Arbitrary.all([clocks, clocks, Arbitrary.schema(Node)]), ([a, b, node]) =>
    [a, increment(a, node), merge(a, b), prune(a, ["a", "b"])].every((clock) =>
      [...clock.values()].every((count) => Number.isSafeInteger(count) && count > 0)
    )
  )
  law(
    "increment dominates and touches one node",
    runs,
    Arbitrary.all([clocks, Arbitrary.schema(Node)]),
    ([a, node]) => {
      const next = increment(a, node)
      return (
        compare(a, next) === "before" &&
        nodes.every((other) => get(next, other) === get(a, other) + (other === node ? 1 : 0))
      )
    }
  )
  law(
    "compare is a partial order",
    runs,
    triples,
    ([a, b, c]) =>
      compare(a, a) === "equal" &&
      compare(b, a) === mirrored[compare(a, b)] &&
      (compare(a, b) === "equal") === same(a, b) &&
      includes(b, a) === (compare(a, b) === "before" || compare(a, b) === "equal") &&
      (!(includes(b, a) && includes(c, b)) || includes(c, a))
  )
  law(
    "pruning keeps what it keeps and never turns the order around",
    runs,
    Arbitrary.all([clocks, clocks, Arbitrary.schema(Schema.Array(Node))]),
    ([a, b, members]) => {
      const [p, q] = [prune(a, members), prune(b, members)]
      return (
        nodes.every((node) => get(p, node) === (members.includes(node) ? get(a, node) : 0)) &&
        (!includes(b, a) || includes(q, p)) &&
        same(prune(p, members), p) &&
        same(prune(merge(a, b), members), merge(p, q))
      )
    }
  )
  law("encoding and decoding gives the clock back", runs, clocks, (a) =>
    same(
      Schema.decodeUnknownSync(VectorClock.VectorClock)(
        JSON.parse(JSON.stringify(Schema.encodeSync(VectorClock.VectorClock)(a)))
      ),
      a
    )
  )
})

/** A replica does something of its own, or receives any message that was ever sent, however late and however often. */
const Action = Schema.TaggedUnion({
  Act: { replica: index(3) },
  Receive: { replica: index(3), message: index(60) }
})
function index(maximum: number) {
  return Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
}

interface Moment {
  readonly clock: VectorClock.VectorClock
  /** The events that truly lie in the past of this moment. */
  readonly past: ReadonlySet<number>
}

/** Plays a history: each step is an event whose new state is sent to everyone. */
const play = (actions: ReadonlyArray<typeof Action.Type>) => {
  const replicas: Array<Moment> = nodes.map(() => ({ clock: VectorClock.empty, past: new Set() }))
  const sent: Array<Moment> = []
  actions.forEach((action, event) => {
    const self = replicas[action.replica]!
    const message = action._tag === "Receive" ? sent[action.message % Math.max(1, sent.length)] : undefined
    const heard =
      message === undefined
        ? self
        : {
            clock: merge(self.clock, message.clock),
            past: new Set([...self.past, ...message.past])
          }
    const now = { clock: increment(heard.clock, nodes[action.replica]!), past: new Set([...heard.past, event]) }
    replicas[action.replica] = now
    sent.push(now)
  })
  return { replicas, sent }
}

describe("replicas that exchange vector clocks (P12)", () => {
  const histories = Arbitrary.array(Arbitrary.schema(Action), { maxLength: 24 })

  law(
    "a clock is before another exactly when the one event lies in the past of the other",
    runs,
    histories,
    (actions) => {
      const { sent } = play(actions)
      return sent.every((x, i) =>
        sent.every(
          (y, j) =>
            i === j ||
            ((compare(x.clock, y.clock) === "before") === y.past.has(i) && compare(x.clock, y.clock) !== "equal")
        )
      )
    }
  )

  law(
    "replicas converge under any order, delay and repetition of delivery",
    runs,
    Arbitrary.all([histories, Arbitrary.schema(Schema.Array(index(1_000)))]),
    ([actions, order]) => {
      const { replicas, sent } = play(actions)
      const everything = sent.reduce((joined, message) => merge(joined, message.clock), VectorClock.empty)
      return replicas.every((replica, r) => {
        // Every replica hears every message at least once, in an order of its own and with repetitions.
        const shuffled = sent
          .map((message, i) => ({ message, key: order[(i + r) % Math.max(1, order.length)] ?? i }))
          .sort((x, y) => x.key - y.key)
        const again = order
          .map((key) => sent[key % Math.max(1, sent.length)])
          .filter((message) => message !== undefined)
        const deliveries = [...again, ...shuffled.map(({ message }) => message), ...again]
        return same(
          deliveries.reduce((clock, message) => merge(clock, message.clock), replica.clock),
          everything
        )
      })
    }
  )
})
