/** The study on which a worker is killed. */
import { Result } from "effect"
import * as Problems from "../../../src/problem/Problems.ts"
import * as Tpe from "../../../src/sampler/Tpe.ts"
import * as Study from "../../../src/study/Study.ts"

export const definition = Result.getOrThrow(
  Study.define({
    space: Problems.branin.space,
    sampler: Result.getOrThrow(Tpe.make({ startup: 2 })),
    seed: 8,
    trialsMax: 8
  })
)

export const lease = "30 seconds"
