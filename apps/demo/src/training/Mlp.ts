/**
 * A perceptron with one hidden layer, trained by mini-batch gradient descent with momentum, on typed arrays.
 *
 * **Guarantees** Same data, parameters and seed give the same weights, bit for bit. The loops allocate nothing. A
 * training whose numbers leave the finite range ends with `outcome: "diverged"`, never with an exception or a NaN.
 *
 * **Does not guarantee** The same bits from another JavaScript engine: `exp` and `tanh` belong to the engine.
 *
 * How it is fast: rows are padded with zeros to multiples of four, so that no loop has an edge case (a padded unit has
 * activation 0, so its weights get no gradient and stay 0). The forward pass keeps a block of 2 rows by 4 units in registers. The
 * backward pass adds eight rows at a time straight into the momentum buffer and skips units that relu or drop-out silenced.
 * `Float64Array` because V8 computes in doubles: `Float32Array` pays a conversion at every access.
 *
 * Sources: K. He et al., "Delving deep into rectifiers", ICCV 2015 (initialisation for relu); X. Glorot, Y. Bengio,
 * "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010 (for tanh); N. Srivastava et
 * al., "Dropout", JMLR 15, 2014 (here inverted: nothing is rescaled when predicting).
 *
 * @since 0.1.0
 */
import * as SeededRandom from "../data/SeededRandom.ts"
import type { Activation, HyperParameters } from "./HyperParameters.ts"
import { addRows, affine, pad } from "./internal/kernels.ts"

/** Rows as one matrix: row `r` starts at `r * stride`; columns from `inputs` to `stride` are 0. */
export interface Rows {
  readonly x: Float64Array
  /** Class of each row, 0 to `classes - 1`. */
  readonly y: Int32Array
  readonly inputs: number
  /** `inputs` rounded up to a multiple of four. */
  readonly stride: number
  readonly classes: number
}

/** Weights and momentum of a perceptron. Layer 1 is `hiddenStride` rows of `stride`, layer 2 `classStride` of `hiddenStride`. */
export interface Network {
  readonly inputs: number
  readonly stride: number
  readonly hidden: number
  readonly hiddenStride: number
  readonly classes: number
  readonly classStride: number
  readonly activation: Activation
  readonly w1: Float64Array
  readonly b1: Float64Array
  readonly w2: Float64Array
  readonly b2: Float64Array
  readonly v1: Float64Array
  readonly vb1: Float64Array
  readonly v2: Float64Array
  readonly vb2: Float64Array
}

/** Buffers for up to `rows` rows at once; made once per training. */
export interface Scratch {
  readonly rows: number
  readonly hidden: Float64Array
  readonly hiddenGradient: Float64Array
  readonly output: Float64Array
  readonly from: Int32Array
  readonly hiddenFrom: Int32Array
  readonly coefficients: Float64Array
  readonly coefficientFrom: Int32Array
}

/** How well a network does on some rows. */
export interface Score {
  /** Share of rows whose class has the highest output, 0 to 1. */
  readonly accuracy: number
  /** Mean cross-entropy in nats, 0 to `LOSS_MAX`. */
  readonly loss: number
}

/** The cross-entropy of a row is capped here: a probability below 1e-15 counts as 1e-15. */
export const LOSS_MAX = 34.538776394910684

/** A network with random weights: He for relu, Glorot for tanh and for the output layer; biases 0. */
export const make = (options: {
  readonly inputs: number
  readonly classes: number
  readonly hidden: number
  readonly activation: Activation
  readonly random: SeededRandom.SeededRandom
}): Network => {
  const { activation, classes, hidden, inputs, random } = options
  const stride = pad(inputs)
  const hiddenStride = pad(hidden)
  const classStride = pad(classes)
  const w1 = new Float64Array(hiddenStride * stride)
  const w2 = new Float64Array(classStride * hiddenStride)
  const scale1 = Math.sqrt(activation === "relu" ? 2 / inputs : 2 / (inputs + hidden))
  for (let h = 0; h < hidden; h++) for (let i = 0; i < inputs; i++) w1[h * stride + i] = scale1 * random.normal()
  const scale2 = Math.sqrt(2 / (hidden + classes))
  for (let k = 0; k < classes; k++) for (let h = 0; h < hidden; h++) w2[k * hiddenStride + h] = scale2 * random.normal()
  return {
    inputs,
    stride,
    hidden,
    hiddenStride,
    classes,
    classStride,
    activation,
    w1,
    b1: new Float64Array(hiddenStride),
    w2,
    b2: new Float64Array(classStride),
    v1: new Float64Array(w1.length),
    vb1: new Float64Array(hiddenStride),
    v2: new Float64Array(w2.length),
    vb2: new Float64Array(classStride)
  }
}

/** Buffers for batches of up to `rows` rows. */
export const makeScratch = (network: Network, rows: number): Scratch => {
  const room = pad(rows)
  const hiddenFrom = new Int32Array(room)
  for (let b = 0; b < room; b++) hiddenFrom[b] = b * network.hiddenStride
  return {
    rows,
    hidden: new Float64Array(room * network.hiddenStride),
    hiddenGradient: new Float64Array(room * network.hiddenStride),
    output: new Float64Array(room * network.classStride),
    from: new Int32Array(room),
    hiddenFrom,
    coefficients: new Float64Array(room),
    coefficientFrom: new Int32Array(room)
  }
}

/** Applies the activation in place to `length` values. */
const activate = (activation: Activation, values: Float64Array, length: number): void => {
  if (activation === "relu") {
    // Not `v > 0 ? v : 0`: a NaN has to stay one, or a diverged training would look like a silent one.
    for (let i = 0; i < length; i++) if (values[i]! < 0) values[i] = 0
  } else {
    for (let i = 0; i < length; i++) values[i] = Math.tanh(values[i]!)
  }
}

/** Turns `rows` rows of outputs into probabilities in place; gives the sum of the rows' cross-entropies, NaN if diverged. */
const softmax = (network: Network, scratch: Scratch, y: Int32Array, order: Int32Array, first: number, rows: number) => {
  const { classStride, classes } = network
  const { output } = scratch
  let total = 0
  for (let b = 0; b < rows; b++) {
    const o = b * classStride
    let top = output[o]!
    for (let k = 1; k < classes; k++) if (output[o + k]! > top) top = output[o + k]!
    let sum = 0
    for (let k = 0; k < classes; k++) {
      const e = Math.exp(output[o + k]! - top)
      output[o + k] = e
      sum += e
    }
    for (let k = 0; k < classes; k++) output[o + k]! /= sum
    const loss = -Math.log(output[o + y[order[first + b]!]!]!)
    total += loss > LOSS_MAX ? LOSS_MAX : loss
  }
  return total
}

/** Rows `order[first] … order[first + rows - 1]` through layer 1 into `scratch.hidden`. */
const forwardHidden = (
  network: Network,
  scratch: Scratch,
  data: Rows,
  order: Int32Array,
  first: number,
  rows: number
) => {
  const { from, hidden } = scratch
  for (let b = 0; b < rows; b++) from[b] = order[first + b]! * network.stride
  affine(data.x, from, rows, network.w1, network.b1, network.stride, network.hiddenStride, hidden)
  activate(network.activation, hidden, rows * network.hiddenStride)
}

/** `scratch.hidden` through layer 2 into `scratch.output`. */
const forwardOutput = (network: Network, scratch: Scratch, rows: number) => {
  const { hidden, hiddenFrom, output } = scratch
  affine(hidden, hiddenFrom, rows, network.w2, network.b2, network.hiddenStride, network.classStride, output)
}

/** How a step moves the weights. */
export interface Step {
  readonly learningRate: number
  readonly momentum: number
  readonly l2: number
  readonly dropout: number
}

/** Silences each hidden unit with chance `dropout`, scaling the others so that the mean stays. */
const drop = (scratch: Scratch, length: number, dropout: number, random: SeededRandom.SeededRandom): void => {
  const { hidden } = scratch
  const threshold = dropout * 4294967296
  const scale = 1 / (1 - dropout)
  for (let i = 0; i < length; i++) hidden[i] = random.uint32() < threshold ? 0 : hidden[i]! * scale
}

/** From `scratch.output` (probabilities) to the gradients at the outputs and at the hidden units, divided by `rows`. */
const backward = (
  network: Network,
  scratch: Scratch,
  data: Rows,
  order: Int32Array,
  first: number,
  rows: number,
  dropout: number
): void => {
  const { classStride, hiddenStride, w2 } = network
  const { hidden, hiddenGradient, output } = scratch
  const share = 1 / rows
  const keepScale = 1 / (1 - dropout)
  const relu = network.activation === "relu"
  for (let b = 0; b < rows; b++) {
    const o = b * classStride
    output[o + data.y[order[first + b]!]!]! -= 1
    for (let k = 0; k < network.classes; k++) output[o + k]! *= share
    for (let k = network.classes; k < classStride; k++) output[o + k] = 0
    const g = b * hiddenStride
    for (let h = 0; h < hiddenStride; h++) hiddenGradient[g + h] = 0
    for (let k = 0; k < classStride; k += 4) {
      const d0 = output[o + k]!
      const d1 = output[o + k + 1]!
      const d2 = output[o + k + 2]!
      const d3 = output[o + k + 3]!
      const r0 = k * hiddenStride
      const r1 = r0 + hiddenStride
      const r2 = r1 + hiddenStride
      const r3 = r2 + hiddenStride
      for (let h = 0; h < hiddenStride; h++) {
        hiddenGradient[g + h]! += d0 * w2[r0 + h]! + d1 * w2[r1 + h]! + (d2 * w2[r2 + h]! + d3 * w2[r3 + h]!)
      }
    }
    if (relu) {
      for (let h = g; h < g + hiddenStride; h++) {
        hiddenGradient[h] = hidden[h] === 0 ? 0 : hiddenGradient[h]! * keepScale
      }
    } else {
      for (let h = g; h < g + hiddenStride; h++) {
        // The kept value was scaled: undo it to find tanh, and the scale stays in the derivative.
        const value = hidden[h]! / keepScale
        hiddenGradient[h] = hidden[h] === 0 && dropout > 0 ? 0 : hiddenGradient[h]! * keepScale * (1 - value * value)
      }
    }
  }
}

/** Moves one layer: `v = momentum * v - rate * (gradient + l2 * w)`, `w += v`, unit by unit while its row is in the cache. */
const moveLayer = (
  scratch: Scratch,
  gradient: Float64Array,
  gradientStride: number,
  units: number,
  rows: number,
  x: Float64Array,
  from: Int32Array,
  n: number,
  w: Float64Array,
  v: Float64Array,
  bias: Float64Array,
  biasVelocity: Float64Array,
  step: Step
): void => {
  const { coefficientFrom, coefficients } = scratch
  const { l2, learningRate, momentum } = step
  const shrink = learningRate * l2
  for (let u = 0; u < units; u++) {
    let count = 0
    let sum = 0
    for (let b = 0; b < rows; b++) {
      const g = gradient[b * gradientStride + u]!
      if (g !== 0) {
        coefficients[count] = -learningRate * g
        coefficientFrom[count] = from[b]!
        count++
        sum += g
      }
    }
    const at = u * n
    const end = at + n
    for (let i = at; i < end; i++) v[i] = momentum * v[i]! - shrink * w[i]!
    if (count > 0) addRows(v, at, n, x, coefficients, coefficientFrom, count)
    for (let i = at; i < end; i++) w[i]! += v[i]!
    biasVelocity[u] = momentum * biasVelocity[u]! - learningRate * sum
    bias[u]! += biasVelocity[u]!
  }
}

/**
 * One step on the rows `order[first] … order[first + rows - 1]`. Gives the sum of their cross-entropies before the step;
 * NaN when the network has diverged (the weights are then left alone).
 */
export const trainBatch = (
  network: Network,
  scratch: Scratch,
  data: Rows,
  order: Int32Array,
  first: number,
  rows: number,
  step: Step,
  random: SeededRandom.SeededRandom
): number => {
  const { hiddenStride, stride } = network
  forwardHidden(network, scratch, data, order, first, rows)
  if (step.dropout > 0) drop(scratch, rows * hiddenStride, step.dropout, random)
  forwardOutput(network, scratch, rows)
  const loss = softmax(network, scratch, data.y, order, first, rows)
  if (!(loss < Infinity)) return Number.NaN
  backward(network, scratch, data, order, first, rows, step.dropout)
  const { from, hidden, hiddenFrom, hiddenGradient, output } = scratch
  const { b1, b2, classStride, v1, v2, vb1, vb2, w1, w2 } = network
  moveLayer(
    scratch,
    output,
    classStride,
    network.classes,
    rows,
    hidden,
    hiddenFrom,
    hiddenStride,
    w2,
    v2,
    b2,
    vb2,
    step
  )
  moveLayer(scratch, hiddenGradient, hiddenStride, network.hidden, rows, data.x, from, stride, w1, v1, b1, vb1, step)
  return loss
}

/** Predicts the given rows and compares with their classes. A diverged network scores the worst there is. */
export const evaluate = (network: Network, scratch: Scratch, data: Rows, part: Int32Array): Score => {
  if (part.length === 0) return { accuracy: 0, loss: LOSS_MAX }
  let right = 0
  let loss = 0
  for (let first = 0; first < part.length; first += scratch.rows) {
    const rows = Math.min(scratch.rows, part.length - first)
    forwardHidden(network, scratch, data, part, first, rows)
    forwardOutput(network, scratch, rows)
    loss += softmax(network, scratch, data.y, part, first, rows)
    for (let b = 0; b < rows; b++) {
      const o = b * network.classStride
      let best = 0
      for (let k = 1; k < network.classes; k++) if (scratch.output[o + k]! > scratch.output[o + best]!) best = k
      if (best === data.y[part[first + b]!]) right++
    }
  }
  if (!(loss < Infinity)) return { accuracy: 0, loss: LOSS_MAX }
  return { accuracy: right / part.length, loss: loss / part.length }
}

/** One finished pass over the training rows. */
export interface Epoch {
  /** 1 to `epochs`. */
  readonly epoch: number
  /** Mean cross-entropy of the training rows, each taken just before the step that used it. */
  readonly trainLoss: number
}

/** How a training ended. A diverged one has accuracy 0 and loss `LOSS_MAX`: the worst a model can get. */
export interface Training extends Score {
  readonly outcome: "trained" | "diverged"
  /** Epochs begun. */
  readonly epochs: number
  readonly network: Network
}

/**
 * Trains on the rows of `trainOn` and scores once, at the end, on `evaluateOn`. `onEpoch` is called after each epoch;
 * `score` computes the present score on `evaluateOn` and costs one forward pass over it.
 */
export const train = (options: {
  readonly data: Rows
  readonly trainOn: Int32Array
  readonly evaluateOn: Int32Array
  readonly params: HyperParameters
  readonly seed: number
  readonly onEpoch?: ((epoch: Epoch, score: () => Score) => void) | undefined
}): Training => {
  const { data, evaluateOn, onEpoch, params, trainOn } = options
  const random = SeededRandom.make(options.seed)
  const network = make({
    inputs: data.inputs,
    classes: data.classes,
    hidden: params.hidden_units,
    activation: params.activation,
    random: random.fork("weights")
  })
  const shuffles = random.fork("order")
  const masks = random.fork("dropout")
  const batch = Math.min(params.batch_size, trainOn.length)
  const scratch = makeScratch(network, Math.max(batch, 32))
  const score = () => evaluate(network, scratch, data, evaluateOn)
  const order = Int32Array.from(trainOn)
  const steps = params.epochs * Math.ceil(order.length / batch)
  const step = {
    learningRate: params.learning_rate,
    momentum: params.momentum,
    l2: params.l2,
    dropout: params.dropout
  }
  let done = 0
  for (let epoch = 1; epoch <= params.epochs; epoch++) {
    shuffles.shuffle(order)
    let loss = 0
    for (let first = 0; first < order.length; first += batch, done++) {
      step.learningRate = params.learning_rate * (1 - params.decay * (done / steps))
      loss += trainBatch(network, scratch, data, order, first, Math.min(batch, order.length - first), step, masks)
    }
    if (!(loss < Infinity)) return { outcome: "diverged", accuracy: 0, loss: LOSS_MAX, epochs: epoch, network }
    onEpoch?.({ epoch, trainLoss: loss / order.length }, score)
  }
  const final = score()
  const outcome = final.loss === LOSS_MAX && final.accuracy === 0 ? "diverged" : "trained"
  return { outcome, ...final, epochs: params.epochs, network }
}
