/** The ring against the plainest model of it: an array. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { Mailbox } from "../../src/process/Mailbox.ts"
import { campaign, law } from "../../src/testing/law.ts"

const times = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
const Command = Schema.TaggedUnion({ Offer: { times }, Take: { times }, TakeAndPutBack: {}, Release: {} })
const Case = Schema.Struct({
  capacity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 })),
  commands: Schema.Array(Command).check(Schema.isMaxLength(60))
})

/** Runs the commands on both; the first difference fails. */
const agree = ({ capacity, commands }: typeof Case.Type): boolean => {
  const mailbox = new Mailbox<number>(capacity)
  const model: Array<number> = []
  let next = 0
  const offer = () => {
    const message = next++
    const accepted = model.length < capacity
    if (accepted) model.push(message)
    assert.strictEqual(mailbox.offer(message), accepted)
  }
  const take = () => {
    const message = mailbox.take()
    assert.strictEqual(message, model.shift())
    return message
  }
  for (const command of commands) {
    if (command._tag === "Offer") for (let i = 0; i < command.times; i++) offer()
    if (command._tag === "Take") for (let i = 0; i < command.times; i++) take()
    if (command._tag === "Release" && model.length === 0) mailbox.release()
    if (command._tag === "TakeAndPutBack") {
      const message = take()
      if (message === undefined) continue
      // Another sender fills the place meanwhile: the message comes back in front all the same.
      offer()
      mailbox.offerFirst(message)
      model.unshift(message)
    }
    assert.strictEqual(mailbox.size, model.length)
  }
  while (model.length > 0) take()
  return mailbox.take() === undefined && mailbox.size === 0
}

describe("Mailbox", () => {
  law(
    "is a bounded first-in first-out queue under any commands",
    campaign(10_000, 1_000_000),
    Arbitrary.schema(Case),
    agree
  )

  it("keeps a large buffer only while it is needed", () => {
    const mailbox = new Mailbox<number>(1024)
    for (let i = 0; i < 1024; i++) mailbox.offer(i)
    assert.isFalse(mailbox.offer(1024))
    for (let i = 0; i < 1024; i++) assert.strictEqual(mailbox.take(), i)
    assert.isUndefined((mailbox as unknown as { readonly buffer: unknown }).buffer)
  })
})
