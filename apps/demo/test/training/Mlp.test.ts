import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Preparation from "../../src/data/Preparation.ts"
import * as SeededRandom from "../../src/data/SeededRandom.ts"
import { Activation, defaults, HyperParameters, searchSpace } from "../../src/training/HyperParameters.ts"
import { pad } from "../../src/training/internal/kernels.ts"
import * as Mlp from "../../src/training/Mlp.ts"
import { spirals } from "../data/load.ts"

/** Random rows with zeros among them. */
const randomRows = (random: SeededRandom.SeededRandom, rows: number, inputs: number, classes: number): Mlp.Rows => {
  const stride = pad(inputs)
  const x = new Float64Array(rows * stride)
  for (let r = 0; r < rows; r++) for (let i = 0; i < inputs; i++) x[r * stride + i] = random.normal()
  return { x, y: Int32Array.from({ length: rows }, () => random.below(classes)), inputs, stride, classes }
}

const range = (n: number) => Int32Array.from({ length: n }, (_, i) => i)
const sizes = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 11 }))

/** The mean cross-entropy of a network over all rows, written plainly. */
const plainLoss = (network: Mlp.Network, data: Mlp.Rows, rows: number): number => {
  let total = 0
  for (let r = 0; r < rows; r++) {
    const hidden = Array.from({ length: network.hidden }, (_, h) => {
      let sum = network.b1[h]!
      for (let i = 0; i < network.inputs; i++) sum += data.x[r * data.stride + i]! * network.w1[h * network.stride + i]!
      return network.activation === "relu" ? Math.max(0, sum) : Math.tanh(sum)
    })
    const output = Array.from({ length: network.classes }, (_, k) =>
      hidden.reduce((sum, value, h) => sum + value * network.w2[k * network.hiddenStride + h]!, network.b2[k]!)
    )
    total += Math.log(output.reduce((sum, value) => sum + Math.exp(value), 0)) - output[data.y[r]!]!
  }
  return total / rows
}

describe("gradient", () => {
  it.prop(
    "agrees with numerical differentiation of a plain forward pass, for any sizes, l2 included",
    { seed: Schema.Int, rows: sizes, inputs: sizes, hidden: sizes, classes: sizes, activation: Activation },
    ({ activation, classes: fewer, hidden, inputs, rows, seed }) => {
      const classes = fewer + 1
      const random = SeededRandom.make(seed)
      const data = randomRows(random, rows, inputs, classes)
      const network = Mlp.make({ inputs, classes, hidden, activation, random })
      const l2 = 0.3
      // A step of rate 1 without momentum moves every weight by minus its gradient.
      const moved = structuredClone(network)
      const step = { learningRate: 1, momentum: 0, l2, dropout: 0 }
      const loss = Mlp.trainBatch(moved, Mlp.makeScratch(moved, rows), data, range(rows), 0, rows, step, random)
      assert.closeTo(loss / rows, plainLoss(network, data, rows), 1e-9)
      for (const [name, decayed] of [
        ["w1", true],
        ["b1", false],
        ["w2", true],
        ["b2", false]
      ] as const) {
        for (let trial = 0; trial < 6; trial++) {
          const at = random.below(network[name].length)
          const original = network[name][at]!
          const gradient = original - moved[name][at]!
          const h = 1e-6
          network[name][at] = original + h
          const above = plainLoss(network, data, rows)
          network[name][at] = original - h
          const below = plainLoss(network, data, rows)
          network[name][at] = original
          // A relu unit within h of its kink has no derivative there: the second difference shows the bend.
          if (Math.abs(above + below - 2 * plainLoss(network, data, rows)) > 1e-10) continue
          const numerical = (above - below) / (2 * h) + (decayed ? l2 * original : 0)
          assert.closeTo(gradient, numerical, 1e-5 + 1e-4 * Math.abs(numerical), `${name}[${at}]`)
        }
      }
    }
  )

  it("with drop-out is the gradient of the thinned network: silenced units do not move", () => {
    const random = SeededRandom.make(3)
    const data = randomRows(random, 1, 6, 3)
    const network = Mlp.make({ inputs: 6, classes: 3, hidden: 40, activation: "tanh", random })
    const moved = structuredClone(network)
    const scratch = Mlp.makeScratch(moved, 1)
    const step = { learningRate: 1, momentum: 0, l2: 0, dropout: 0.5 }
    Mlp.trainBatch(moved, scratch, data, range(1), 0, 1, step, random)
    let still = 0
    for (let h = 0; h < 40; h++) {
      const silent = scratch.hidden[h] === 0
      if (silent) still++
      assert.strictEqual(moved.b1[h] === network.b1[h], silent)
    }
    assert.isAtLeast(still, 8)
    assert.isAtMost(still, 32)
  })

  it("with momentum adds the kept share of the last step", () => {
    const random = SeededRandom.make(9)
    const data = randomRows(random, 7, 3, 2)
    const network = Mlp.make({ inputs: 3, classes: 2, hidden: 5, activation: "tanh", random })
    const scratch = Mlp.makeScratch(network, 7)
    const step = { learningRate: 0.1, momentum: 0.9, l2: 0, dropout: 0 }
    Mlp.trainBatch(network, scratch, data, range(7), 0, 7, step, random)
    const first = network.v1[1]!
    const before = network.w1[1]!
    const fresh = structuredClone(network)
    fresh.v1.fill(0)
    Mlp.trainBatch(fresh, scratch, data, range(7), 0, 7, { ...step, momentum: 0 }, random)
    Mlp.trainBatch(network, scratch, data, range(7), 0, 7, step, random)
    assert.closeTo(network.w1[1]! - before, fresh.w1[1]! - before + 0.9 * first, 1e-12)
  })
})

const trainOn = (prepared: Preparation.Prepared, params: HyperParameters, seed = 1) =>
  Mlp.train({ data: prepared, trainOn: prepared.train, evaluateOn: prepared.validation, params, seed })

describe("train", () => {
  it("learns exclusive or, which no network without its hidden layer can", () => {
    const data: Mlp.Rows = {
      x: Float64Array.of(0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0),
      y: Int32Array.of(0, 1, 1, 0),
      inputs: 2,
      stride: 4,
      classes: 2
    }
    for (const activation of ["relu", "tanh"] as const) {
      const params = { ...defaults, activation, hidden_units: 16, learning_rate: 0.1, epochs: 300, batch_size: 4 }
      const { accuracy, loss } = Mlp.train({ data, trainOn: range(4), evaluateOn: range(4), params, seed: 2 })
      assert.strictEqual(accuracy, 1, activation)
      assert.isBelow(loss, 0.1, activation)
    }
  })

  it("learns two spirals", () => {
    const prepared = Preparation.prepare(spirals(150), 1)
    const params = { ...defaults, activation: "tanh", hidden_units: 32, learning_rate: 0.1, epochs: 300 } as const
    assert.isAtLeast(trainOn(prepared, params).accuracy, 0.95)
  })

  it("gives the same bits for the same seed and others for another", () => {
    const prepared = Preparation.prepare(spirals(60), 1)
    const params = { ...defaults, hidden_units: 10, dropout: 0.3, decay: 0.5, epochs: 5 }
    const once = trainOn(prepared, params)
    const again = trainOn(prepared, params)
    const other = trainOn(prepared, params, 2)
    assert.deepStrictEqual(new Uint8Array(once.network.w1.buffer), new Uint8Array(again.network.w1.buffer))
    assert.strictEqual(once.loss, again.loss)
    assert.notDeepEqual(once.network.w1, other.network.w1)
  })

  it("uses every parameter: changing any one changes the result", () => {
    const prepared = Preparation.prepare(spirals(60), 1)
    const base: HyperParameters = { ...defaults, hidden_units: 10, epochs: 4 }
    const changes: ReadonlyArray<Partial<HyperParameters>> = [
      { learning_rate: 0.02 },
      { batch_size: 16 },
      { hidden_units: 11 },
      { l2: 0.01 },
      { momentum: 0.5 },
      { activation: "tanh" },
      { epochs: 5 },
      { dropout: 0.2 },
      { decay: 1 }
    ]
    const { loss } = trainOn(prepared, base)
    for (const change of changes) {
      assert.notStrictEqual(trainOn(prepared, { ...base, ...change }).loss, loss, JSON.stringify(change))
    }
    assert.sameMembers(
      changes.flatMap((change) => Object.keys(change)),
      Object.keys(defaults)
    )
  })

  it("ends a training that leaves the finite range as diverged, with the worst score there is", () => {
    const prepared = Preparation.prepare(spirals(60), 1)
    const wild = { ...defaults, learning_rate: 100, momentum: 0.999, l2: 10, epochs: 1000 }
    const { accuracy, epochs, loss, outcome } = trainOn(prepared, wild)
    assert.deepStrictEqual({ accuracy, loss, outcome }, { accuracy: 0, loss: Mlp.LOSS_MAX, outcome: "diverged" })
    assert.isBelow(epochs, 1000)
  })

  it("keeps padded units and columns at exactly 0", () => {
    const prepared = Preparation.prepare(spirals(60), 1)
    const { network } = trainOn(prepared, { ...defaults, hidden_units: 5, epochs: 3, dropout: 0.4 })
    const { classStride, classes, hidden, hiddenStride, inputs, stride, w1, w2 } = network
    for (let h = 0; h < hiddenStride; h++) {
      for (let i = 0; i < stride; i++)
        if (h >= hidden || i >= inputs) assert.strictEqual(Math.abs(w1[h * stride + i]!), 0)
    }
    for (let k = 0; k < classStride; k++) {
      for (let h = 0; h < hiddenStride; h++) {
        if (k >= classes || h >= hidden) assert.strictEqual(Math.abs(w2[k * hiddenStride + h]!), 0)
      }
    }
  })

  it("tells each epoch once, in order, and scores when asked", () => {
    const prepared = Preparation.prepare(spirals(60), 1)
    const seen: Array<number> = []
    let last: Mlp.Score | undefined
    const training = Mlp.train({
      data: prepared,
      trainOn: prepared.train,
      evaluateOn: prepared.validation,
      params: { ...defaults, epochs: 4 },
      seed: 1,
      onEpoch: ({ epoch, trainLoss }, score) => {
        seen.push(epoch)
        assert.isAbove(trainLoss, 0)
        last = score()
      }
    })
    assert.deepStrictEqual(seen, [1, 2, 3, 4])
    assert.deepStrictEqual(last, { accuracy: training.accuracy, loss: training.loss })
  })
})

describe("HyperParameters", () => {
  it("accepts the defaults and every corner of the search space", () => {
    const accepts = Schema.is(HyperParameters)
    assert.isTrue(accepts(defaults))
    for (const dimension of searchSpace) {
      const ends = dimension.kind === "categorical" ? dimension.choices : [dimension.min, dimension.max]
      for (const end of ends) assert.isTrue(accepts({ ...defaults, [dimension.name]: end }), dimension.name)
    }
  })
})
