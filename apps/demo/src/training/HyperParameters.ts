/**
 * What can be tuned: the parameters of one training, their written defaults and the space a study searches.
 *
 * **Guarantees** `HyperParameters` refuses whatever the trainer could not run; every point of `searchSpace` is accepted.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/** How a hidden unit answers. Both give 0 at 0, which the padded units of `Mlp` rely on. */
export const Activation = Schema.Literals(["relu", "tanh"])
export type Activation = typeof Activation.Type

const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))
const intBetween = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** The parameters of one training. The bounds are those of the trainer, wider than the search space. */
export const HyperParameters = Schema.Struct({
  /** Step size of gradient descent at the start. */
  learning_rate: between(1e-8, 100),
  /** Rows per step, 1 to 4096. */
  batch_size: intBetween(1, 4096),
  /** Width of the hidden layer, 1 to 4096. */
  hidden_units: intBetween(1, 4096),
  /** Weight decay: the gradient of `l2 / 2 * |w|^2` is added for weights, not for biases. */
  l2: between(0, 10),
  /** Share of the last step that is kept, 0 to 0.999. */
  momentum: between(0, 0.999),
  activation: Activation,
  /** Passes over the training rows, 1 to 1000. */
  epochs: intBetween(1, 1000),
  /** Chance that a hidden unit is silenced for one row of one step, 0 to 0.9. */
  dropout: between(0, 0.9),
  /** Share of the learning rate that is taken away evenly until the last step, 0 (constant) to 1 (down to 0). */
  decay: between(0, 1)
})
export type HyperParameters = typeof HyperParameters.Type

/** What the found parameters are compared with, fixed in writing before anything was tuned. */
export const defaults: HyperParameters = {
  learning_rate: 0.01,
  batch_size: 32,
  hidden_units: 64,
  l2: 1e-4,
  momentum: 0.9,
  activation: "relu",
  epochs: 30,
  dropout: 0,
  decay: 0
}

/** One dimension of the search: its name among the parameters and the values it may take, bounds included. */
export type Dimension =
  | {
      readonly name: NumericName
      readonly kind: "float" | "log-float" | "int"
      readonly min: number
      readonly max: number
    }
  | { readonly name: "activation"; readonly kind: "categorical"; readonly choices: ReadonlyArray<Activation> }

export type NumericName = Exclude<keyof HyperParameters, "activation">

/**
 * What the demo tunes. `epochs` stays at 30, so that every training gets the same number of passes over the data and no
 * agent wins by training longer.
 */
export const searchSpace: ReadonlyArray<Dimension> = [
  { name: "learning_rate", kind: "log-float", min: 1e-3, max: 0.3 },
  { name: "batch_size", kind: "int", min: 8, max: 128 },
  { name: "hidden_units", kind: "int", min: 16, max: 256 },
  { name: "l2", kind: "log-float", min: 1e-6, max: 3e-2 },
  { name: "momentum", kind: "float", min: 0, max: 0.98 },
  { name: "activation", kind: "categorical", choices: ["relu", "tanh"] },
  { name: "dropout", kind: "float", min: 0, max: 0.6 },
  { name: "decay", kind: "float", min: 0, max: 1 }
]
