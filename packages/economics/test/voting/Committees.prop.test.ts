import { AllRules, Approvals, Committee, Representation } from "@mabeam/economics"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { fuzz, refuses } from "../junk.ts"
import { law } from "@foundation/core/testing/law"
import { p13 } from "../p13.ts"
import * as reference from "./reference/committees.ts"

const calculators = new Map(AllRules.committees.map((calculator) => [calculator.name, calculator]))
const solve = (rule: string, input: unknown) => Result.getOrThrow(calculators.get(rule)!.solve(input)).decision
const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

const names = ["constructor", "__proto__", "c", "d", "e"]
const Raw = Schema.Struct({
  size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })),
  seats: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })),
  sets: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 31 }))).check(Schema.isMaxLength(6))
})

/** Up to 5 candidates, 6 voters, any number of seats. */
const profiles = Arbitrary.map(Arbitrary.schema(Raw), ({ seats, sets, size }): reference.Profile => {
  const candidates = names.slice(0, size)
  return {
    candidates,
    approvals: sets.map((set) => candidates.filter((_, i) => (set & (1 << i)) !== 0)),
    seats: 1 + ((seats - 1) % size)
  }
})

/** Up to 9 candidates in blocks of the same supporters, some of them far apart. */
const Blocks = Schema.Struct({
  blockOf: Schema.NonEmptyArray(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 }))).check(
    Schema.isMaxLength(9)
  ),
  seats: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 })),
  sets: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 63 }))).check(Schema.isMaxLength(9))
})
const twins = Arbitrary.map(Arbitrary.schema(Blocks), ({ blockOf, seats, sets }): reference.Profile => {
  const candidates = blockOf.map((block, place) => `${block}-${place}`)
  return {
    candidates,
    approvals: sets.map((set) => candidates.filter((_, place) => (set & (1 << blockOf[place]!)) !== 0)),
    seats: 1 + (seats % candidates.length)
  }
})

const agrees = (
  rule: string,
  profile: reference.Profile,
  expected: { winners: ReadonlyArray<string>; scores: ReadonlyArray<string> }
) => {
  const decided = solve(rule, profile)
  return (
    isSame(decided["winners"], expected.winners) &&
    isSame(decided["scores"], Object.fromEntries(expected.winners.map((name, i) => [name, expected.scores[i]])))
  )
}

describe("committees, against their definitions", () => {
  law("pav is the best of all committees, the first among equals", p13, profiles, (profile) => {
    const expected = reference.pav(profile)
    return agrees("pav", profile, expected) && solve("pav", profile)["tie"] === expected.tie
  })
  law("pav, too, with up to 9 candidates, of whom some have the same supporters", p13, twins, (profile) => {
    const expected = reference.pav(profile)
    return agrees("pav", profile, expected) && solve("pav", profile)["tie"] === expected.tie
  })
  law("seq-pav", p13, profiles, (profile) => agrees("seq-pav", profile, reference.seqPav(profile)))
  law("seq-phragmen", p13, profiles, (profile) => agrees("seq-phragmen", profile, reference.seqPhragmen(profile)))
  law("equal-shares", p13, profiles, (profile) => agrees("equal-shares", profile, reference.equalShares(profile)))

  law(
    "JR, PJR and EJR of every committee are what the definition says of every group",
    Math.ceil(p13 / 2),
    profiles,
    (profile) => {
      const judged = Result.getOrThrow(Committee.decode(profile))
      return reference.committees(profile.candidates, profile.seats).every((committee) => {
        const places = committee.map((name) => profile.candidates.indexOf(name))
        const jr = reference.jr(profile, committee)
        const pjr = reference.pjr(profile, committee)
        const ejr = reference.ejr(profile, committee)
        return (
          Representation.jr(judged, places) === jr &&
          Representation.pjr(judged, places) === pjr &&
          Representation.ejr(judged, places) === ejr &&
          isSame(Representation.judge(judged, places), { jr, pjr, ejr })
        )
      })
    }
  )

  law("pav and equal-shares satisfy EJR, seq-phragmen PJR; EJR implies PJR implies JR", p13, profiles, (profile) =>
    [...calculators.keys()].every((rule) => {
      const { ejr, jr, pjr } = solve(rule, profile)
      const promised = rule === "seq-pav" ? true : rule === "seq-phragmen" ? pjr : ejr
      return promised === true && (ejr !== true || pjr === true) && (pjr !== true || jr === true)
    })
  )

  law(
    "the order of the voters changes nothing; without a tie neither does that of the candidates",
    p13,
    profiles,
    (profile) =>
      [...calculators.keys()].every((rule) => {
        const decided = solve(rule, profile)
        const turned = solve(rule, { ...profile, candidates: profile.candidates.toReversed() })
        const winners = new Set(JSON.parse(JSON.stringify(turned["winners"])))
        return (
          isSame(decided, solve(rule, { ...profile, approvals: profile.approvals.toReversed() })) &&
          (decided["tie"] === true ||
            profile.candidates.every(
              (name) => winners.has(name) === JSON.stringify(decided["winners"]).includes(JSON.stringify(name))
            ))
        )
      })
  )
})

describe("what theory says fails, by example", () => {
  it("approval's favourites are no just committee: 2 of 3 voters take all seats, JR fails", () => {
    const profile = { candidates: ["a", "b", "c", "d"], approvals: [["a", "b", "c"], ["a", "b", "c"], ["d"]], seats: 3 }
    const judged = Result.getOrThrow(Committee.decode(profile))
    assert.isFalse(Representation.jr(judged, [0, 1, 2]))
    assert.isTrue(Representation.jr(judged, [0, 1, 3]))
    assert.deepStrictEqual(solve("pav", profile)["winners"], ["a", "b", "d"])
  })

  it("seq-phragmen can fail EJR", () => {
    // 4 of 24 voters agree on a and b, enough for two of 12 seats; each of them gets one member, which others pay for too.
    const common = Array.from({ length: 12 }, (_, i) => `c${i}`)
    const voters = (count: number, approved: ReadonlyArray<string>) => Array.from({ length: count }, () => approved)
    const approvals = [
      ...voters(2, ["a", "b", "c0"]),
      ...voters(2, ["a", "b", "c1"]),
      ...voters(6, common),
      ...voters(5, common.slice(1)),
      ...voters(9, common.slice(2))
    ]
    const profile = { candidates: [...common, "a", "b"], approvals, seats: 12 }
    const decided = solve("seq-phragmen", profile)
    assert.isTrue(decided["pjr"])
    assert.isFalse(decided["ejr"])
  })

  it("seq-pav can fail JR with 6 seats: a sixth of the voters agree on z and get nobody", () => {
    // The weights that a linear program finds when z is to be passed over by as much as possible.
    const blocks =
      "024:162 025:162 13:18 123:54 124:126 15:126 0134:162 0135:162 23:86 24:8 25:50 3:166 4:190 5:148 z:324"
    const approvals = blocks.split(" ").flatMap((block) => {
      const [approved = "", count = ""] = block.split(":")
      return Array.from({ length: Number(count) }, () => [...approved])
    })
    const decided = solve("seq-pav", { candidates: [..."012345z"], approvals, seats: 6 })
    assert.deepStrictEqual(decided["winners"], [..."012345"])
    assert.isFalse(decided["jr"])
    assert.isTrue(solve("equal-shares", { candidates: [..."012345z"], approvals, seats: 6 })["jr"])
  })
})

describe("what committees are refused", () => {
  const candidates = ["a", "b", "c"]
  const approvals = [["a"], ["a", "b"], []]
  const pav = calculators.get("pav")!
  refuses(pav, [
    ["nothing", null, "InvalidFormat", []],
    ["no seats", { candidates, approvals }, "InvalidFormat", ["seats"]],
    ["a committee of nobody", { candidates, approvals, seats: 0 }, "InvalidFormat", ["seats"]],
    ["half a seat", { candidates, approvals, seats: 1.5 }, "InvalidFormat", ["seats"]],
    ["more seats than candidates", { candidates, approvals, seats: 4 }, "TooLarge", ["seats"]],
    ["a stranger approved", { candidates, approvals: [["a"], ["x"]], seats: 1 }, "UnknownName", ["approvals", 1, 0]],
    ["an approval twice", { candidates, approvals: [["a", "b", "a"]], seats: 1 }, "DuplicateName", ["approvals", 0, 2]],
    ["a candidate twice", { candidates: ["a", "b", "a"], approvals, seats: 1 }, "DuplicateName", ["candidates", 2]],
    ["ballots", { candidates, ballots: [], seats: 1 }, "InvalidFormat", ["ballots"]],
    ["an approval that is no list", { candidates, approvals: ["a"], seats: 1 }, "InvalidFormat", ["approvals", 0]],
    ["a name that is no text", { candidates, approvals: [[1]], seats: 1 }, "InvalidFormat", ["approvals", 0, 0]],
    ["no candidates", { candidates: [], approvals: [], seats: 1 }, "InvalidFormat", ["candidates", 0]]
  ])

  it("pav says TooLarge where the search would not end: all committees are equally good, which no bound sees", () => {
    const many = Array.from({ length: 40 }, (_, i) => `c${i}`)
    const profile = {
      candidates: many,
      approvals: many.flatMap((one, i) => many.slice(i + 1).map((other) => [one, other])),
      seats: 10
    }
    const refused = pav.solve(profile)
    assert.isTrue(Result.isFailure(refused) && refused.failure._tag === "TooLarge")
    assert.deepStrictEqual(solve("seq-pav", profile)["winners"], many.slice(0, 10))
  })

  it("PJR that would take too many steps is known from EJR", () => {
    let seed = 1
    const chance = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    const many = Array.from({ length: 60 }, (_, i) => `c${i}`)
    const profile = {
      candidates: many,
      approvals: Array.from({ length: 150 }, () => many.filter(() => chance() < 0.4)),
      seats: 20
    }
    const { ejr, jr, pjr, winners } = solve("seq-pav", profile)
    const members: ReadonlyArray<string> = JSON.parse(JSON.stringify(winners))
    const places = members.map((name) => many.indexOf(name))
    assert.strictEqual(Representation.pjr(Result.getOrThrow(Committee.decode(profile)), places), "unchecked")
    assert.deepStrictEqual([jr, pjr, ejr], [true, true, true])
  })

  it("pav finds the best 10 of 30 candidates for 100 voters without anything in common", () => {
    let seed = 1
    const chance = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    const many = Array.from({ length: 30 }, (_, i) => `c${i}`)
    const approvals = Array.from({ length: 100 }, () => many.filter(() => chance() < 0.3))
    const sumOf = (members: ReadonlyArray<string>) =>
      approvals.reduce((sum, liked) => {
        const u = liked.filter((name) => members.includes(name)).length
        return sum + Array.from({ length: u }, (_, i) => 1 / (i + 1)).reduce((a, b) => a + b, 0)
      }, 0)
    const { winners } = solve("pav", { candidates: many, approvals, seats: 10 })
    const members: ReadonlyArray<string> = JSON.parse(JSON.stringify(winners))
    const best = sumOf(members)
    const isBetter = (other: ReadonlyArray<string>) => sumOf(other) > best + 1e-9
    const others = many.filter((name) => !members.includes(name))
    assert.isFalse(members.some((_, at) => others.some((name) => isBetter(members.toSpliced(at, 1, name)))))
    const sequential: ReadonlyArray<string> = JSON.parse(
      JSON.stringify(solve("seq-pav", { candidates: many, approvals, seats: 10 })["winners"])
    )
    assert.isFalse(isBetter(sequential))
  })

  it("pav finds the best 10 of 40 for 300 voters without anything in common: those that an integer program finds", () => {
    let seed = 1
    const chance = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    const many = Array.from({ length: 40 }, (_, i) => `c${i}`)
    const approvals = Array.from({ length: 300 }, () => many.filter(() => chance() < 0.3))
    const { tie, winners } = solve("pav", { candidates: many, approvals, seats: 10 })
    assert.deepStrictEqual(
      [winners, tie],
      [["c4", "c20", "c21", "c22", "c24", "c29", "c31", "c35", "c36", "c37"], false]
    )
  })

  it("pav hears 131,072 voters of as many minds", { timeout: 60_000 }, () => {
    const names = Array.from({ length: 17 }, (_, i) => `c${i}`)
    const approvals = Array.from({ length: 2 ** 17 }, (_, set) => names.filter((_, i) => (set >> i) % 2 === 1))
    const { scores, tie } = solve("pav", { candidates: names, approvals, seats: 1 })
    assert.deepStrictEqual([scores, tie], [{ c0: "65536" }, true])
  })

  it("pav says TooLarge where sums would not be exact", () => {
    const many = Array.from({ length: 60 }, (_, i) => `c${i}`)
    const refused = pav.solve({ candidates: many, approvals: [many], seats: 60 })
    if (Result.isSuccess(refused)) throw new Error("60 approved members are not exact")
    assert.strictEqual(refused.failure.message, "seats: 60 is more than the limit of 36")
    assert.isTrue(Result.isSuccess(pav.solve({ candidates: many, approvals: [many], seats: 36 })))
    assert.strictEqual(
      JSON.stringify(solve("seq-pav", { candidates: many, approvals: [many], seats: 60 })["winners"]),
      JSON.stringify(many)
    )
  })

  it("every rule says TooLarge above 10 million approvals times seats", () => {
    const many = Array.from({ length: 400 }, (_, i) => `c${i}`)
    const approvals = Array.from({ length: 400 }, (_, i) => many.filter((_, j) => i !== j))
    for (const [name, { solve }] of calculators) {
      const refused = solve({ candidates: many, approvals, seats: 100 })
      assert.deepStrictEqual(
        Result.isFailure(refused) && [refused.failure._tag, refused.failure.path],
        ["TooLarge", ["approvals"]],
        name
      )
    }
  })

  const samples = [
    { candidates, approvals, seats: 2 },
    { candidates: ["a", "b", "c", "d"], approvals: [["a", "b"], ["a", "b"], ["c"], ["d"], ["d"]], seats: 3 }
  ]
  for (const calculator of calculators.values()) fuzz(calculator, samples, 2_000)
})

describe("approval voting", () => {
  law("counts approvals; all tied win", p13, profiles, ({ approvals, candidates }) => {
    const { scores, winners } = Result.getOrThrow(Approvals.calculator.solve({ candidates, approvals })).decision
    const counts = candidates.map((name) => approvals.filter((approval) => approval.includes(name)).length)
    const best = Math.max(...counts)
    return (
      isSame(scores, Object.fromEntries(candidates.map((name, i) => [name, counts[i]]))) &&
      isSame(
        winners,
        candidates.filter((_, i) => counts[i] === best)
      )
    )
  })
  fuzz(Approvals.calculator, [{ candidates: ["a", "b"], approvals: [["a"], ["a", "b"], []] }], 2_000)
})
