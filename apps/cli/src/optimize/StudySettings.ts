/**
 * What the options of `optimize run` mean: a study, new or stored, and its objective.
 *
 * **Guarantees** An option that cannot be used is refused before a trial is begun, with what there is instead. A stored study keeps its
 * settings: options may repeat them, and others are refused.
 *
 * @since 0.1.0
 */
import { BadOption } from "@apps/demo/Options"
import { FunctionObjective, Problems, Pruners, Samplers, SpaceJson, Studies, Study } from "@mabeam/optimize"
import type { Objective, Sampler, SearchSpace } from "@mabeam/optimize"
import { Effect, Option, Path, Result, Schema } from "effect"
import * as Files from "../calculators/Files.ts"
import * as JsonText from "../calculators/JsonText.ts"
import { trialsMax } from "../Optimize.ts"
import type { Given } from "./OptimizeRun.ts"

// --- what comes along ----------------------------------------------------------------------------------------------

const { ackley5, branin, conditional, hartmann3, hartmann6, levy4, mixed, rosenbrock4 } = Problems

interface Builtin {
  readonly name: string
  readonly space: SearchSpace.SearchSpace
  readonly objective: Objective.Objective<unknown>
}

const builtin = <D extends SearchSpace.Declaration>({ evaluate, name, space }: Problems.Problem<D>): Builtin => ({
  name,
  space,
  // The parameters come from the very space that the function is defined over.
  objective: FunctionObjective.make((params: unknown) => evaluate(params as SearchSpace.Params<D>), { name })
})

const builtins: ReadonlyMap<string, Builtin> = new Map(
  [
    builtin(branin),
    builtin(hartmann3),
    builtin(hartmann6),
    builtin(ackley5),
    builtin(levy4),
    builtin(rosenbrock4),
    builtin(mixed),
    builtin(conditional)
  ].map((it) => [it.name, it])
)

const functionOf = (name: string) => {
  const found = builtins.get(name)
  if (found !== undefined) return Effect.succeed(found)
  const fix = `There are ${[...builtins.keys()].join(", ")}.`
  return Effect.fail(new BadOption({ option: "--function", value: name, problem: "no such function comes along", fix }))
}

// --- options -------------------------------------------------------------------------------------------------------

const given = <A>(option: Option.Option<A>): A | undefined => Option.getOrUndefined(option)

const encoder = new TextEncoder()

/** The space in a file. */
const readSpace = Effect.fnUntraced(function* (file: string) {
  const bytes = yield* Files.read(file)
  const bad = (problem: string) => new Files.BadDocument({ file: Files.nameOf(file), problem })
  const json = yield* Effect.mapError(Effect.fromResult(JsonText.decode(bytes)), bad)
  const space = yield* Effect.mapError(Effect.fromResult(SpaceJson.decode(json)), ({ message }) => bad(message))
  if (space.open) return yield* bad("an open space is for objectives in TypeScript; declare the variables here")
  return space
})

const decodeOptions = Schema.decodeUnknownResult(
  Schema.Record(Schema.String, Schema.Union([Schema.Finite, Schema.Boolean, Schema.String]))
)

/** Options of a sampler or pruner as JSON. */
const optionsOf = (option: string, text: string): Effect.Effect<Sampler.OptionsJson, BadOption> => {
  const json = Result.flatMap(JsonText.decode(encoder.encode(text)), (json) =>
    Result.mapError(decodeOptions(json), () => "this is not an object of numbers, texts and booleans")
  )
  return Effect.mapError(
    Effect.fromResult(json),
    (problem) => new BadOption({ option, value: text, problem, fix: `Give one such as '{ "startup": 20 }'.` })
  )
}

interface Named {
  readonly name: string
  readonly options: Sampler.OptionsJson
}

/** A sampler or a pruner: by name and options, or the stored one. */
const choose = <A extends Named>(
  kind: "sampler" | "pruner",
  options: Given,
  initial: Named,
  decode: (json: Named) => Result.Result<A, { readonly _tag: string; readonly message: string }>
): Effect.Effect<A, BadOption> =>
  Effect.gen(function* () {
    const name = given(options[kind]) ?? initial.name
    const text = given(options[`${kind}-options`])
    const own = text === undefined ? undefined : yield* optionsOf(`--${kind}-options`, text)
    // The options of a stored study are those of its own sampler.
    const json = { name, options: own ?? (name === initial.name ? initial.options : {}) }
    return yield* Effect.mapError(Effect.fromResult(decode(json)), ({ _tag, message }) =>
      _tag === "InvalidOptions"
        ? new BadOption({
            option: `--${kind}-options`,
            value: JSON.stringify(json.options),
            problem: message,
            fix: optionsFix(kind, name, decode)
          })
        : new BadOption({ option: `--${kind}`, value: name, problem: message, fix: `Give one of these.` })
    )
  })

/** What options there are, as far as they have defaults. */
const optionsFix = <E>(kind: "sampler" | "pruner", name: string, decode: (json: Named) => Result.Result<Named, E>) => {
  const usual = Result.getOrUndefined(decode({ name, options: {} }))
  if (usual === undefined) return `Give them as one JSON object, such as '{ "upper": 1 }'.`
  if (Object.keys(usual.options).length === 0) return `Leave --${kind}-options out.`
  return `By default ${name} has ${JSON.stringify(usual.options)}.`
}

const settingOptions: ReadonlyMap<string, string> = new Map([
  ["directions", "--direction"],
  ["sampler", "--sampler"],
  ["pruner", "--pruner"],
  ["seed", "--seed"],
  ["attemptsMax", "--attempts"]
])

const spaceOption = (options: Given): readonly [option: string, value: string] => {
  const name = given(options.function)
  return name === undefined ? ["--space", given(options.space) ?? ""] : ["--function", name]
}

/** The definition of a study: what is given, else what is stored, else what is usual. */
const define = Effect.fnUntraced(function* (
  options: Given,
  space: SearchSpace.SearchSpace,
  stored: Study.Definition | undefined
) {
  const [firstDirection] = options.direction
  const settings = {
    space,
    sampler: yield* choose("sampler", options, stored?.sampler ?? { name: "tpe", options: {} }, Samplers.decode),
    pruner: yield* choose("pruner", options, stored?.pruner ?? { name: "none", options: {} }, Pruners.decode),
    directions: firstDirection === undefined ? (stored?.directions ?? ["minimize" as const]) : options.direction,
    seed: given(options.seed) ?? stored?.seed ?? 0,
    attemptsMax: given(options.attempts) ?? stored?.attemptsMax ?? 1,
    trialsMax: stored?.trialsMax ?? trialsMax,
    lossesMax: stored?.lossesMax,
    trialTimeoutMillis: stored?.trialTimeoutMillis,
    stop: stored?.stop
  }
  return yield* Effect.mapError(Effect.fromResult(Study.define(settings)), ({ problem, setting }) => {
    const option = settingOptions.get(setting) ?? `--${setting}`
    const value = setting === "sampler" || setting === "pruner" ? settings[setting].name : ""
    return new BadOption({ option, value, problem, fix: "Give options that go together." })
  })
})

// --- the study -----------------------------------------------------------------------------------------------------

/** The attribute of a study that names the function it is about. */
const FUNCTION = "function"

/** A name for a study that was given none: after its function or file, and not there yet. */
const freshName = (options: Given, names: ReadonlyArray<string>) =>
  Effect.map(Effect.service(Path.Path), (path) => {
    const file = given(options.space)
    const wanted = given(options.function) ?? (file === undefined || file === "-" ? "study" : path.parse(file).name)
    for (let count = 2, name = wanted; ; count++) {
      if (!names.includes(name)) return name
      name = `${wanted}-${count}`
    }
  })

const openSpace = (value: string) =>
  new BadOption({
    option: "--study",
    value,
    problem: "its space is open: variables are declared by an objective in TypeScript",
    fix: "Go on with the program that began it, or give another --study."
  })

/** Where the space comes from: a file, a function, or the stored study. */
const spaceOf = Effect.fnUntraced(function* (
  options: Given,
  known: Builtin | undefined,
  stored: Study.State | undefined
) {
  const file = given(options.space)
  const bad = (value: string, problem: string, fix: string) => new BadOption({ option: "--space", value, problem, fix })
  if (file === undefined) {
    // A function that is named comes with its own space; whether a stored study has the same is asked when it is opened.
    const space = Option.isSome(options.function) ? known?.space : (stored?.definition.space ?? known?.space)
    const fix = "Give --space FILE and --exec COMMAND, or --function NAME."
    if (space?.open === true) return yield* openSpace(given(options.study) ?? "")
    return space === undefined ? yield* bad("", "it is not given", fix) : space
  }
  if (Option.isSome(options.function)) {
    return yield* bad(file, "--function has a space of its own", "Give one of both.")
  }
  return yield* readSpace(file)
})

/** The function that comes along and is to be evaluated; `undefined`: a program is. */
const evaluatedOf = Effect.fnUntraced(function* (
  options: Given,
  known: Builtin | undefined,
  { directions }: Study.Definition
) {
  if (Option.isSome(options.exec)) {
    if (options.exec.value.trim() !== "") return undefined
    return yield* new BadOption({
      option: "--exec",
      value: options.exec.value,
      problem: "this is no command",
      fix: 'Give one such as "python3 train.py".'
    })
  }
  if (known === undefined || Option.isSome(options.space)) {
    return yield* new BadOption({
      option: "--exec",
      value: "",
      problem: "it is not given",
      fix: "Give the program that evaluates a line of parameters; --help tells how they speak."
    })
  }
  if (directions.length === 1) return known
  return yield* new BadOption({
    option: "--direction",
    value: directions.join(" "),
    problem: `the function "${known.name}" has one value`,
    fix: "Give one direction, or a program with --exec."
  })
})

const namedOf = Schema.decodeUnknownOption(Schema.fromJsonString(Samplers.SamplerJson))

/** Which option says otherwise than the stored study. */
const otherThanStored = (options: Given, name: string, { given, setting, stored }: Study.StudyMismatch): BadOption => {
  const bad = (option: string, value: string, has: string) =>
    new BadOption({
      option,
      value,
      problem: `the stored study "${name}" has ${has}`,
      fix: "Leave it out, or give another --study."
    })
  if (setting === "space") return bad(...spaceOption(options), "another space")
  const option = settingOptions.get(setting) ?? `--${setting}`
  const both = Option.all([namedOf(given), namedOf(stored)])
  if (Option.isNone(both)) return bad(option, given, stored)
  const [mine, kept] = both.value
  if (mine.name !== kept.name) return bad(option, mine.name, kept.name)
  return bad(`${option}-options`, JSON.stringify(mine.options), JSON.stringify(kept.options))
}

/** The study that is asked for, opened. */
export const open = Effect.fnUntraced(function* (options: Given) {
  const studies = yield* Studies.Studies
  const names = yield* studies.list
  const name = given(options.study) ?? (yield* freshName(options, names))
  const stored = names.includes(name) ? yield* studies.get(name) : undefined
  const wanted = given(options.function) ?? functionAttribute(stored)
  const known = wanted === undefined ? undefined : yield* functionOf(wanted)
  const space = yield* spaceOf(options, known, stored)
  const definition = yield* define(options, space, stored?.definition)
  const evaluated = yield* evaluatedOf(options, known, definition)
  const study = yield* studies.open(name, definition, { lease: LEASE }).pipe(
    Effect.catchTags({
      StudyMismatch: (mismatch) => Effect.fail(otherThanStored(options, name, mismatch)),
      InvalidStudyName: ({ problem }) =>
        Effect.fail(new BadOption({ option: "--study", value: name, problem, fix: "Give another name." }))
    })
  )
  if (stored === undefined && evaluated !== undefined) yield* study.setAttribute(FUNCTION, evaluated.name)
  return { name, study, objective: evaluated?.objective }
})

const functionAttribute = (stored: Study.State | undefined): string | undefined => {
  const name = stored?.attributes.get(FUNCTION)
  return typeof name === "string" ? name : undefined
}

/** How long a trial stays with a command that is not heard of. */
export const LEASE = "1 minute"
