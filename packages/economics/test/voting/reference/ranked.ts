/** Rules over rankings, by their definitions: slow, on names, for a handful of candidates. */

export interface Ballot {
  readonly count: number
  readonly ranking: ReadonlyArray<ReadonlyArray<string>>
}
type Names = ReadonlyArray<string>
type Ballots = ReadonlyArray<Ballot>

const level = ({ ranking }: Ballot, name: string) => ranking.findIndex((tier) => tier.includes(name))

/** Voters with `a` strictly above `b`. */
export const prefer = (ballots: Ballots, a: string, b: string): number =>
  ballots.reduce((sum, ballot) => sum + (level(ballot, a) < level(ballot, b) ? ballot.count : 0), 0)

const beats = (ballots: Ballots, a: string, b: string) => prefer(ballots, a, b) > prefer(ballots, b, a)

const orders = (names: Names): ReadonlyArray<Names> =>
  names.length === 0
    ? [[]]
    : names.flatMap((name) => orders(names.filter((other) => other !== name)).map((rest) => [name, ...rest]))

const most = (names: Names, value: (name: string) => number): Names => {
  const best = Math.max(...names.map(value))
  return names.filter((name) => value(name) === best)
}

export const plurality = (names: Names, ballots: Ballots): Names =>
  most(names, (name) => ballots.reduce((sum, { count, ranking }) => sum + (ranking[0]![0] === name ? count : 0), 0))

export const irv = (names: Names, ballots: Ballots): string => {
  if (names.length === 1) return names[0]!
  const votes = (name: string) =>
    ballots.reduce((sum, { count, ranking }) => {
      const top = ranking.flat().find((other) => names.includes(other))
      return sum + (top === name ? count : 0)
    }, 0)
  const least = Math.min(...names.map(votes))
  const out = names.filter((name) => votes(name) === least).at(-1)
  return irv(
    names.filter((name) => name !== out),
    ballots
  )
}

/** Points: for every other candidate 1 if below, ½ if level. */
export const borda = (names: Names, ballots: Ballots): Names =>
  most(names, (name) =>
    ballots.reduce((sum, ballot) => {
      const points = names
        .filter((other) => other !== name)
        .map((other) => 1 + Math.sign(level(ballot, other) - level(ballot, name)))
      return sum + ballot.count * points.reduce((a, b) => a + b, 0)
    }, 0)
  )

export const copeland = (names: Names, ballots: Ballots): Names =>
  most(names, (name) =>
    names.reduce((sum, other) => sum + Number(beats(ballots, name, other)) - Number(beats(ballots, other, name)), 0)
  )

export const strength = (ballots: Ballots, by: string, a: string, b: string): number =>
  !beats(ballots, a, b) ? 0 : by === "winning" ? prefer(ballots, a, b) : prefer(ballots, a, b) - prefer(ballots, b, a)

/** Every simple path, enumerated. */
export const schulze = (names: Names, ballots: Ballots, by: string): Names => {
  const strongest = (a: string, b: string, seen: Names): number =>
    Math.max(
      0,
      ...names
        .filter((next) => next !== a && !seen.includes(next))
        .map((next) =>
          next === b
            ? strength(ballots, by, a, b)
            : Math.min(strength(ballots, by, a, next), strongest(next, b, [...seen, a]))
        )
    )
  return names.filter((a) => names.every((b) => a === b || strongest(a, b, []) >= strongest(b, a, [])))
}

/** Locks edge after edge and looks for a cycle by walking from every vertex; then peels off, again and again, whom nobody left is locked above. */
export const rankedPairs = (names: Names, ballots: Ballots, by: string): Names => {
  const place = (name: string) => names.indexOf(name)
  const edges = names
    .flatMap((a) => names.map((b) => ({ a, b, strength: strength(ballots, by, a, b) })))
    .filter(
      ({ a, b, strength }) => strength > 0 || (place(a) < place(b) && prefer(ballots, a, b) === prefer(ballots, b, a))
    )
    .sort((x, y) => y.strength - x.strength || place(x.a) - place(y.a) || place(y.b) - place(x.b))
  let locked: ReadonlyArray<{ readonly a: string; readonly b: string }> = []
  const isCyclic = (graph: typeof locked) => {
    const walk = (from: string, seen: Names): boolean =>
      seen.includes(from) || graph.some(({ a, b }) => a === from && walk(b, [...seen, from]))
    return names.some((name) => walk(name, []))
  }
  for (const edge of edges) if (!isCyclic([...locked, edge])) locked = [...locked, edge]
  const peel = (left: Names): Names => {
    const top = left.find((name) => !locked.some(({ a, b }) => b === name && left.includes(a)))
    return top === undefined ? [] : [top, ...peel(left.filter((name) => name !== top))]
  }
  return peel(names)
}

export const minimax = (names: Names, ballots: Ballots, by: string): Names =>
  most(names, (name) => {
    const defeats = names
      .filter((other) => other !== name)
      .map((other) =>
        by === "winning"
          ? strength(ballots, by, other, name)
          : prefer(ballots, other, name) - prefer(ballots, name, other)
      )
    return -Math.max(...defeats)
  })

/** Winners, the first best ranking in the order of the names, and how many there are. */
export const kemeny = (names: Names, ballots: Ballots) => {
  const all = orders(names)
  const preferred = new Map(names.map((a) => [a, new Map(names.map((b) => [b, prefer(ballots, a, b)]))]))
  const agreement = (order: Names) =>
    order.reduce((sum, a, i) => sum + order.slice(i + 1).reduce((inner, b) => inner + preferred.get(a)!.get(b)!, 0), 0)
  const agreements = all.map(agreement)
  const best = Math.max(...agreements)
  const optimal = all.filter((_, index) => agreements[index] === best)
  return {
    winners: names.filter((name) => optimal.some(([first]) => first === name)),
    ranking: optimal[0]!,
    count: optimal.length
  }
}

/** Over all sets: the smallest of which each member beats everyone outside. */
export const smith = (names: Names, ballots: Ballots): Names => {
  const sets = names.reduce<ReadonlyArray<Names>>((all, name) => all.flatMap((set) => [set, [...set, name]]), [[]])
  return sets
    .filter((set) => set.length > 0 && set.every((a) => names.every((b) => set.includes(b) || beats(ballots, a, b))))
    .sort((a, b) => a.length - b.length)[0]!
}

export const condorcetWinner = (names: Names, ballots: Ballots): string | undefined =>
  names.find((a) => names.every((b) => a === b || beats(ballots, a, b)))

export const condorcetLoser = (names: Names, ballots: Ballots): string | undefined =>
  names.length === 1 ? undefined : names.find((a) => names.every((b) => a === b || beats(ballots, b, a)))
