import { assert, describe, it } from "@effect/vitest"
import { Collusion, EigenTrust, Machine, Reputation } from "@mabeam/economics"
import { Result } from "effect"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import { dice, plans, sequence } from "./dice.ts"
import type { Dice } from "./dice.ts"
import { junk, refuses, replays } from "./machines.ts"

const day = 86_400_000
const machine = Reputation.make({ trusted: ["market"], idsMax: 50 })
const people = ["ada", "bob", "cleo"] as const

const command = (dice: Dice, index: number): Reputation.Command => {
  const at = Math.max(0, index * day - dice.below(3) * 10 * day)
  const agent = people[index]
  if (agent !== undefined) return { _tag: "Register", agent, at: 0, stake: BigInt(dice.below(2000)) }
  if (dice.share() < 0.1) return { _tag: "Register", agent: dice.pick(people), at, stake: BigInt(dice.below(2000) - 3) }
  const quality = dice.share() < 0.05 ? dice.pick([Number.NaN, -0.1, 1.1]) : dice.share() < 0.4 ? 1 : dice.share()
  const id = `j${dice.share() < 0.1 ? dice.below(index) : index}`
  return {
    _tag: "Record",
    id,
    at,
    subject: dice.pick(people),
    rater: dice.pick([...people, "market", "nobody"]),
    quality
  }
}

const score = (state: Reputation.State, agent: string, at: number) => Reputation.expected(state, agent, at)

/** A town of honest agents with age and stake whose works are of known quality, rated truly by the market and each other. */
const town = (options: Reputation.Options) => {
  const rules = Reputation.make({ trusted: ["market"], halfLifeMillis: 60 * day, ...options })
  const agents = Array.from({ length: 10 }, (_, index) => `a${index}`)
  const qualityOf = (index: number) => 0.55 + 0.04 * index
  const commands: Array<Reputation.Command> = agents.map((agent) => ({ _tag: "Register", agent, at: 0, stake: 1000n }))
  for (let round = 0; round < 30; round++) {
    for (const [index, agent] of agents.entries()) {
      const head = { at: 30 * day + round * day, subject: agent, quality: qualityOf(index) } as const
      const rater = round % 2 === 0 ? "market" : (agents[(index + 1 + (round % 9)) % 10] ?? "")
      commands.push({ _tag: "Record", id: `${round}/${agent}`, ...head, rater })
    }
  }
  const { refused, state } = Machine.run(rules, commands)
  assert.deepStrictEqual(refused, [])
  return { rules, state, now: 60 * day }
}

type Attack = (world: ReturnType<typeof town>) => { readonly state: Reputation.State; readonly gain: number }

/** How much an attack gains with the defences, and without them. */
const gains = (attack: Attack) => ({
  defended: attack(town({})).gain,
  undefended: attack(town(Reputation.undefended)).gain
})

const run = ({ rules, state }: ReturnType<typeof town>, commands: ReadonlyArray<Reputation.Command>) =>
  Machine.run(rules, commands, state).state

describe("Reputation laws", () => {
  replays("Reputation", machine, Reputation.Event, command, 3)
  junk("Reputation", machine, Reputation.decodeCommand, [
    { _tag: "Register", agent: "a", at: 0, stake: "100" },
    { _tag: "Record", id: "r", at: 1, subject: "a", rater: "market", quality: 0.5 }
  ])

  law(
    "S164: a score is within [0, 1] under any commands, at any moment, and so is the confidence",
    p13,
    plans(60),
    (plan) => {
      let { initial: state } = machine
      for (const each of sequence(plan, command)) {
        const handled = Machine.handle(machine, state, each)
        if (Result.isFailure(handled)) continue
        state = handled.success.state
        for (const agent of people) {
          for (const at of [0, each.at, each.at + 1e12]) {
            const known = Reputation.standing(state, agent, at)
            if (!(known.score >= 0 && known.score <= 1 && known.confidence >= 0 && known.confidence <= 1)) return false
          }
        }
      }
      return true
    }
  )

  law(
    "a record above the score raises it, one below lowers it, and neither passes the quality",
    p13,
    plans(60),
    (plan) => {
      const { state } = Machine.run(machine, sequence(plan, command))
      const at = 100 * day
      const source = dice(plan.seed)
      const quality = source.share() * 0.98
      const id = "fresh"
      const handled = Machine.handle(machine, state, {
        _tag: "Record",
        id,
        at,
        subject: "ada",
        rater: "market",
        quality
      })
      if (Result.isFailure(handled)) return plan.length === 0
      const [before, after] = [score(state, "ada", at), score(handled.success.state, "ada", at)]
      return quality > before ? after > before && after <= quality : after <= before && after >= quality
    }
  )

  law("the living evidence of one rater about one subject never exceeds its cap", p13 / 5, plans(60), (plan) => {
    const { state } = Machine.run(machine, sequence(plan, command))
    for (const [, agent] of state.agents) {
      for (const [rater, living] of agent.raters) {
        if (rater !== "market" && living.amount > state.rules.raterEvidenceMax + 1e-9) return false
      }
    }
    return true
  })
})

describe("Reputation behaviours", () => {
  it("nobody spoils the record of another by using its id first", () => {
    const { events } = Machine.run(machine, [
      { _tag: "Register", agent: "ada", at: 0, stake: 0n },
      { _tag: "Register", agent: "mallory", at: 0, stake: 0n },
      { _tag: "Record", id: "job", at: 1, subject: "ada", rater: "mallory", quality: 0 },
      { _tag: "Record", id: "job", at: 2, subject: "ada", rater: "market", quality: 0.9 }
    ])
    assert.strictEqual(events.at(-1)?._tag, "Recorded")
  })

  it("late records do not lift the cap of a rater: the clock of what is there never goes back", () => {
    const open = Reputation.make({ weighsScore: false })
    const of = (days: ReadonlyArray<number>) => {
      const { state } = Machine.run(open, [
        { _tag: "Register", agent: "ada", at: 0, stake: 0n },
        { _tag: "Register", agent: "bob", at: 0, stake: 1000n },
        ...days.map(
          (each, index) =>
            ({ _tag: "Record", id: `${index}`, at: each * day, subject: "ada", rater: "bob", quality: 0.98 }) as const
        )
      ])
      return score(state, "ada", 200 * day)
    }
    const inOrder = of(Array.from({ length: 60 }, () => 200))
    assert.isAtMost(of(Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? 200 : 40))), inOrder + 1e-9)
    // The most there can be: three of evidence against a prior of two.
    assert.isBelow(inOrder, (3 * 0.98 + 2 * 0.3) / 5 + 1e-9)
  })

  const register = { _tag: "Register", agent: "ada", at: 0, stake: 0n } as const
  const record = { _tag: "Record", id: "r", at: 1, subject: "ada", rater: "market", quality: 0.9 } as const
  const records = (count: number, quality: number) =>
    Array.from({ length: count }, (_, index) => ({ ...record, id: `r${index}`, quality }))

  refuses<Reputation.State, Reputation.Command, Reputation.Event, Reputation.Refused>(
    Reputation.make({ trusted: ["market"], agentsMax: 2 }),
    [
      ["an unknown subject", [], record, "UnknownName", ["subject"]],
      ["an unknown rater", [register], { ...record, rater: "x" }, "UnknownName", ["rater"]],
      ["praise of oneself", [register], { ...record, rater: "ada" }, "NotAllowed", ["rater"]],
      ["a quality that is none", [register], { ...record, quality: 1.5 }, "InvalidFormat", ["quality"]],
      ["a stake below 0", [], { ...register, stake: -1n }, "InvalidMoney", ["stake"]],
      [
        "one agent too many",
        [register, { ...register, agent: "bob" }],
        { ...register, agent: "eve" },
        "TooLarge",
        ["agent"]
      ]
    ]
  )

  it("S164: from .8 a job at quality .95 and timeliness .92 lets the reputation rise", () => {
    // The base of newcomers is 0.8 here, so that this is the reputation before the job.
    const { state } = Machine.run(Reputation.make({ trusted: ["market"], base: 0.8 }), [register])
    const after = Machine.run(
      Reputation.make({ trusted: ["market"] }),
      [{ ...record, quality: (0.95 + 0.92) / 2 }],
      state
    )
    assert.strictEqual(score(state, "ada", 1), 0.8)
    assert.isAbove(score(after.state, "ada", 1), 0.8)
    assert.isAtMost(score(after.state, "ada", 1), 0.935)
  })

  it("S164: a duplicate record and a burst of perfect scores are flagged and count nothing", () => {
    const once = Machine.run(machine, [register, record])
    const twice = Machine.run(machine, [register, record, { ...record, quality: 1 }])
    assert.deepStrictEqual(twice.events.at(-1), { ...record, _tag: "Flagged", quality: 1, because: "duplicate" })
    assert.strictEqual(score(twice.state, "ada", 1), score(once.state, "ada", 1))

    const rater = { ...register, agent: "bob", stake: 1000n }
    const perfect = Array.from({ length: 8 }, (_, index) => ({
      ...record,
      id: `p${index}`,
      at: 40 * day + index,
      rater: "bob",
      quality: 1
    }))
    const burst = Machine.run(machine, [register, rater, ...perfect])
    assert.deepStrictEqual(
      burst.events.slice(2).map((event) => event._tag),
      [...Array<string>(5).fill("Recorded"), ...Array<string>(3).fill("Flagged")]
    )
    assert.strictEqual(Reputation.standing(burst.state, "bob", 41 * day).flags, 3)
  })

  it("whoever is trusted may find everything perfect, registered or not", () => {
    const perfect = Array.from({ length: 8 }, (_, index) => ({ ...record, id: `p${index}`, quality: 1 }))
    const registered = { _tag: "Register", agent: "market", at: 0, stake: 0n } as const
    const standingAfter = (commands: ReadonlyArray<Reputation.Command>) =>
      Reputation.standing(Machine.run(machine, commands).state, "ada", 41 * day)
    const plainly = standingAfter([register, ...perfect])
    assert.strictEqual(plainly.records, 8)
    assert.deepStrictEqual(standingAfter([register, registered, ...perfect]), plainly)
  })

  it("S168: a market for .8 and 10 records refuses an agent of .4 with the reason", () => {
    const gate = { scoreMin: 0.8, recordsMin: 10 }
    const admitted = (commands: ReadonlyArray<Reputation.Command>, more = {}) => {
      const { state } = Machine.run(Reputation.make({ trusted: ["market"] }), [register, ...commands])
      const answer = Reputation.admit(state, "ada", { ...gate, ...more }, 1)
      return Result.isSuccess(answer) ? "admitted" : [answer.failure._tag, answer.failure.message]
    }
    const poor = admitted(records(60, 0.4))
    assert.deepStrictEqual(poor, ["NotAdmitted", 'agent: "ada" has a score of 0.397; 0.8 is needed'])
    assert.deepStrictEqual(admitted(records(9, 1)), ["NotAdmitted", 'agent: "ada" has 9 records; 10 are needed'])
    assert.strictEqual(admitted(records(10, 1)), "admitted")
    assert.deepStrictEqual(admitted(records(10, 1), { confidenceMin: 0.9 })[0], "NotAdmitted")
  })

  it("what is not renewed decays to the base, and confidence to nothing", () => {
    const { state } = Machine.run(machine, [register, ...records(20, 1)])
    assert.isAbove(score(state, "ada", 1), 0.9)
    assert.closeTo(score(state, "ada", 3000 * day), 0.3, 1e-9)
    assert.closeTo(Reputation.standing(state, "ada", 3000 * day).confidence, 0, 1e-9)
  })

  it("evidence beyond the raters that are kept apart shares one cap", () => {
    const few = Reputation.make({ ratersMax: 2, weighsScore: false })
    const raters = Array.from({ length: 30 }, (_, index) => `b${index}`)
    const { state } = Machine.run(few, [
      register,
      ...raters.map((agent) => ({ ...register, agent, stake: 1000n })),
      ...raters.map((rater, index) => ({ ...record, id: `r${index}`, at: 30 * day, rater, quality: 1 }))
    ])
    const { positive } = [...state.agents].find(([name]) => name === "ada")?.[1] ?? { positive: Infinity }
    assert.isAtMost(positive, 3 + 1 + 1)
  })

  it("ranks by score, then by confidence, then by name", () => {
    const { state } = Machine.run(machine, [
      ...people.map((agent) => ({ ...register, agent })),
      { ...record, subject: "cleo" }
    ])
    assert.deepStrictEqual(
      Reputation.rank(state, 1).map(({ agent }) => agent),
      ["cleo", "ada", "bob"]
    )
    assert.deepStrictEqual(
      Reputation.rank(state, 1, ["bob", "nobody"]).map(({ agent }) => agent),
      ["bob", "nobody"]
    )
  })
})

describe("Reputation under attack: the measured gain, with the defences and without", () => {
  const crowd = (size: number) => Array.from({ length: size }, (_, index) => `sybil${index}`)
  const join = (agents: ReadonlyArray<string>, at: number, stake = 0n) =>
    agents.map((agent) => ({ _tag: "Register", agent, at, stake }) as const)
  const rate = (rater: string, subject: string, quality: number, at: number, id: string) =>
    ({ _tag: "Record", id: `${rater}>${subject} ${id}`, at, subject, rater, quality }) as const

  it("Sybil: 200 new names praise a mediocre agent: no gain at all; undefended more than .3", () => {
    const found = gains((world) => {
      const before = score(world.state, "a0", world.now)
      const names = crowd(200)
      const state = run(world, [
        ...join(names, world.now),
        ...names.map((rater) => rate(rater, "a0", 1, world.now, "x"))
      ])
      return { state, gain: score(state, "a0", world.now) - before }
    })
    assert.strictEqual(found.defended, 0)
    assert.isAbove(found.undefended, 0.3)
  })

  it("Sybil who pay: the gain follows the stake that is put up, not the number of names", () => {
    const bought = (size: number, stake: bigint) =>
      gains((world) => {
        const names = crowd(size)
        const later = world.now + 30 * day
        const state = run(world, [
          ...join(names, world.now, stake),
          ...names.map((rater) => rate(rater, "a0", 1, later, "x"))
        ])
        return { state, gain: score(state, "a0", later) - score(world.state, "a0", later) }
      }).defended
    const few = bought(5, 1000n)
    const many = bought(500, 10n)
    assert.closeTo(many, few, 1e-9)
    assert.isBelow(many, 0.08)
  })

  it("slander: 200 new names run down a good agent: no loss; undefended more than .5", () => {
    const found = gains((world) => {
      const before = score(world.state, "a9", world.now)
      const names = crowd(200)
      const state = run(world, [
        ...join(names, world.now),
        ...names.map((rater) => rate(rater, "a9", 0, world.now, "x"))
      ])
      return { state, gain: before - score(state, "a9", world.now) }
    })
    assert.strictEqual(found.defended, 0)
    assert.isAbove(found.undefended, 0.5)
  })

  it("whitewashing: who works at .35 gains nothing by a new name; undefended more than .1", () => {
    const found = gains((world) => {
      const works = Array.from({ length: 20 }, (_, index) => rate("market", "rogue", 0.35, world.now, `${index}`))
      const state = run(world, [...join(["rogue"], 0), ...works, ...join(["rogue II"], world.now)])
      return { state, gain: score(state, "rogue II", world.now) - score(state, "rogue", world.now) }
    })
    assert.isAtMost(found.defended, 0)
    assert.isAbove(found.undefended, 0.1)
  })

  it("collusion: two of a kind praise each other 100 times: a gain below .1; undefended more than .2", () => {
    const found = gains((world) => {
      const before = score(world.state, "a0", world.now)
      const praise = Array.from({ length: 100 }, (_, index) => [
        rate("a1", "a0", 0.98, world.now, `${index}`),
        rate("a0", "a1", 0.98, world.now, `${index}`)
      ]).flat()
      const state = run(world, praise)
      return { state, gain: score(state, "a0", world.now) - before }
    })
    assert.isBelow(found.defended, 0.1)
    assert.isAbove(found.undefended, 0.2)
  })

  it("milking a good name: after 60 days of good work and 15 of bad, decay shows it; without decay it does not", () => {
    const milked = (halfLifeMillis: number) => {
      const rules = Reputation.make({ trusted: ["market"], halfLifeMillis })
      const works = Array.from({ length: 75 }, (_, at) =>
        rate("market", "rogue", at < 60 ? 0.9 : 0.1, at * day, `${at}`)
      )
      return score(Machine.run(rules, [...join(["rogue"], 0), ...works]).state, "rogue", 75 * day)
    }
    assert.isBelow(milked(10 * day), 0.4)
    assert.isAbove(milked(Infinity), 0.7)
  })
})

describe("Collusion", () => {
  const of = (values: ReadonlyArray<number>) => values.map((value, index) => ({ agent: `a${index}`, value }))

  it("S170: reports of 95 and 95 among 68 to 79, truth 76, are flagged, with the truth and without it", () => {
    for (const options of [{ truth: 76 }, {}]) {
      const found = Collusion.reports(of([70, 95, 68, 74, 95, 76, 79]), options)
      assert.deepStrictEqual(
        found.flagged.map(({ agent }) => agent),
        ["a1", "a4"]
      )
      assert.deepStrictEqual(found.groups, [["a1", "a4"]])
    }
  })

  it("honest reports around the truth are not flagged, two reports show nothing", () => {
    assert.deepStrictEqual(Collusion.reports(of([70, 68, 74, 76, 79, 75]), { truth: 76 }).flagged, [])
    assert.deepStrictEqual(Collusion.reports(of([1, 99])).flagged, [])
    assert.deepStrictEqual(Collusion.reports([]).flagged, [])
    assert.deepStrictEqual(Collusion.reports(of([5, 5, 5, 5])).flagged, [])
    assert.deepStrictEqual(Collusion.reports(of([1e308, 1.1e308, 1.3e308, 1.2e308])).flagged, [])
  })

  it("who deviates from many that agree exactly is flagged", () => {
    assert.deepStrictEqual(
      Collusion.reports(of([5, 5, 5, 5, 6])).flagged.map(({ agent }) => agent),
      ["a4"]
    )
  })

  law("the order of the reports does not matter", p13 / 5, plans(12), ({ length, seed }) => {
    const source = dice(seed)
    const all = of(Array.from({ length: length + 3 }, () => source.below(40)))
    const names = (reports: ReadonlyArray<Collusion.Report>) =>
      Collusion.reports(reports)
        .flagged.map(({ agent }) => agent)
        .sort()
        .join()
    return names(all) === names(all.toReversed())
  })

  it("finds the pair that praises each other, and nobody who is praised by all", () => {
    const names = ["a", "b", "c", "d"]
    const ratings = names.flatMap((rater) =>
      names
        .filter((subject) => subject !== rater)
        .flatMap((subject) => {
          const isPair = [rater, subject].sort().join("") === "ab"
          return Array.from({ length: 3 }, () => ({
            rater,
            subject,
            quality: isPair ? 0.98 : subject === "d" ? 0.95 : 0.5
          }))
        })
    )
    const found = Collusion.mutual(ratings)
    assert.deepStrictEqual(
      found.map(({ agents }) => agents),
      [["a", "b"]]
    )
    assert.closeTo(found[0]?.boost ?? 0, 0.48, 1e-9)
    assert.deepStrictEqual(Collusion.mutual(ratings, { ratingsMin: 4 }), [])
  })

  it("S170: effort: honest claims are at .9 or more, dishonest ones below .5", () => {
    assert.isAtLeast(Collusion.effort(40, 38), 0.9)
    assert.isBelow(Collusion.effort(40, 18), 0.5)
    assert.deepStrictEqual([Collusion.effort(0, 0), Collusion.effort(5, 0), Collusion.effort(3, 3)], [1, 0, 1])
  })
})

describe("EigenTrust", () => {
  law(
    "trust is not negative, sums up to 1, and is its own image under the walk",
    p13 / 5,
    plans(30),
    ({ length, seed }) => {
      const source = dice(seed)
      const ratings = Array.from({ length }, () => ({
        rater: `a${source.below(6)}`,
        subject: `a${source.below(6)}`,
        trust: source.share() < 0.1 ? source.pick([1e308, -5, 0]) : source.share()
      }))
      const { residual, trust } = EigenTrust.solve(ratings, { trusted: ["a0"] })
      const values = [...trust.values()]
      const sum = values.reduce((total, value) => total + value, 0)
      return residual <= 1e-12 && Math.abs(sum - 1) < 1e-9 && values.every((value) => value >= 0)
    }
  )

  it("what a rater's trust counts for does not depend on how large others write theirs, nor on praise of oneself", () => {
    const ratings = (scale: number) => [
      { rater: "market", subject: "ada", trust: 3 * scale },
      { rater: "market", subject: "bob", trust: scale },
      { rater: "ada", subject: "bob", trust: 1 }
    ]
    const loud = { rater: "eve", subject: "sybil", trust: 1e300 }
    const vain = { rater: "ada", subject: "ada", trust: 1e300 }
    const plain = EigenTrust.solve(ratings(1), { trusted: ["market"] }).trust
    const small = EigenTrust.solve([...ratings(1e-300), loud, vain], { trusted: ["market"] }).trust
    for (const [name, trust] of plain) assert.closeTo(small.get(name) ?? Number.NaN, trust, 1e-9)
  })

  it("a group of 100 that nobody trusts has nothing; trusted from the start like all others, it has its share", () => {
    const sybils = Array.from({ length: 100 }, (_, index) => ({ rater: `s${index}`, subject: "boss", trust: 1 }))
    const back = sybils.map(({ rater }) => ({ rater: "boss", subject: rater, trust: 1 }))
    const honest = [
      { rater: "market", subject: "ada", trust: 2 },
      { rater: "ada", subject: "bob", trust: 1 },
      { rater: "bob", subject: "ada", trust: 1 }
    ]
    const ratings = [...honest, ...sybils, ...back]
    assert.strictEqual(EigenTrust.solve(ratings, { trusted: ["market"] }).trust.get("boss"), 0)
    assert.isAbove(EigenTrust.solve(ratings).trust.get("boss") ?? 0, 0.4)
  })

  it("two who trust each other, by hand: x = .15 + .85·y, y = .85·x", () => {
    const ratings = [
      { rater: "x", subject: "y", trust: 1 },
      { rater: "y", subject: "x", trust: 3 }
    ]
    const { trust } = EigenTrust.solve(ratings, { trusted: ["x"] })
    assert.closeTo(trust.get("x") ?? 0, 0.15 / (1 - 0.85 ** 2), 1e-9)
  })
})
