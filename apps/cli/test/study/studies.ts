/** Studies by chance: junk names, values of any size, every state, times or none. */
import { Random, SearchSpace, Study } from "@mabeam/optimize"
import type { StudyEvent } from "@mabeam/optimize"
import { Result } from "effect"

/** Names that would break a page in which they are not escaped. */
export const junk = [
  `<script>alert(1)</script>`,
  `</script><img src=x onerror=alert(1)>`,
  `"quoted" & 'more'`,
  `]]>`,
  `<!--`,
  `constructor`,
  `toString`,
  `\u0000\u0008\uffff`,
  `\ud800 alone`,
  `👩‍👩‍👧‍👦 ${"long ".repeat(40)}`,
  ` `,
  `\${template}`
]

const sizes = [0, -0, 1, -1, 1e308, -1e308, 1.7e308, 5e-324, 1e-300, 1e-9, 0.1, 3, 1 + 2 ** -52, 1e17, 1e17 + 32]

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export const chance = (seed: number) => {
  let a = seed | 0
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const variableOf = (next: () => number): SearchSpace.Variable => {
  switch (Math.floor(next() * 9)) {
    case 0:
      return SearchSpace.float(-1e308, 1.7e308)
    case 1:
      return SearchSpace.logFloat(5e-324, 1e300)
    case 2:
      return SearchSpace.int(-3, 2 ** 40)
    case 3:
      return SearchSpace.int(1, 2 ** 30, { log: true })
    case 4:
      return SearchSpace.categorical(junk.slice(0, 1 + Math.floor(next() * junk.length)).map((it) => it.toWellFormed()))
    case 5:
      return SearchSpace.ordinal([1, "1", true, "true"])
    case 6:
      return SearchSpace.boolean()
    case 7:
      return SearchSpace.float(1e17, 1e17 + 32)
    default:
      return SearchSpace.fixed(7)
  }
}

const declarationOf = (next: () => number): Record<string, SearchSpace.Variable> => {
  const declared: Record<string, SearchSpace.Variable> = { switch: SearchSpace.boolean() }
  for (const name of junk.filter(() => next() < 0.35)) {
    const variable = variableOf(next)
    declared[name] = next() < 0.3 ? SearchSpace.when("switch = true", variable) : variable
  }
  return declared
}

/** A study of so many trials. */
export const studyBy = (seed: number, trials: number) => {
  const next = chance(seed)
  const pick = <A>(list: ReadonlyArray<A>): A => list[Math.floor(next() * list.length)]!
  const space = SearchSpace.makeUnsafe(declarationOf(next))
  const directions = Array.from({ length: pick([1, 1, 1, 2, 3, 4]) }, () => pick(["minimize", "maximize"] as const))
  const stop = directions.length === 1 && next() < 0.2 ? { target: pick(sizes) } : {}
  const definition = Result.getOrThrow(Study.define({ space, sampler: Random.make(), directions, stop }))
  const isTimed = next() < 0.7
  const scale = pick(["one", "any", "even"])
  const value = () => (scale === "one" ? 1 : scale === "any" ? pick(sizes) : next())
  const values = (): readonly [number, ...Array<number>] => [value(), ...directions.slice(1).map(value)]
  const events: Array<StudyEvent.StudyEvent> = [Study.created(definition)]
  for (let number = 0; number < trials; number++) {
    const begins = 1.7e12 + number * 1_000 * next()
    const at = (time: number) => (isTimed ? { at: time } : {})
    const lease = next() < 0.5 ? { lease: { owner: pick(junk), until: 2e12 } } : {}
    const params: Record<string, SearchSpace.Value> = {}
    for (const [name, given] of Object.entries(SearchSpace.sample(space, { seed, number }))) {
      if (given !== undefined) params[name] = given
    }
    events.push({ _tag: "Asked", number, params, sampler: "random", ...lease, ...at(begins) })
    for (let step = 0; step < 5 && next() < 0.6; step++)
      events.push({ _tag: "Reported", number, step, values: values() })
    const end = next()
    const ended = at(begins + (next() < 0.1 ? -5_000 : next() * 3_000))
    if (end < 0.15) events.push({ _tag: "Pruned", number, ...ended })
    else if (end < 0.3)
      events.push({ _tag: "Failed", number, kind: "error", reason: pick(junk), retry: false, ...ended })
    else if (end < 0.9) {
      const constraints = next() < 0.2 ? { constraints: [pick([-1, 1])] } : {}
      events.push({ _tag: "Told", number, values: values(), ...constraints, ...ended })
    }
  }
  return { events, state: Result.getOrThrowWith(Study.replay(events), (error) => error) }
}
