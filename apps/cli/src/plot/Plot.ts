import type { Calculator } from "@mabeam/economics"
import { Result } from "effect"
export const draw = (
  noun: string,
  name: string,
  inputs: Calculator.Json,
  decision: Calculator.JsonObject
): Result.Result<string, string> => Result.fail(`no${noun}${name}${inputs}${decision}`)
