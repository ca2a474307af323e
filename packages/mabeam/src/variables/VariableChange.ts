/**
 * What a change of a shared variable leaves behind, and what a proposal of one says beside the values. All of it has a
 * schema, so that a log can keep it.
 *
 * @since 0.1.0
 */
import { VectorClock } from "@foundation/core"
import { Schema } from "effect"
import { Vote } from "../coordination/Receipts.ts"

/** What a value comes from: a study's trial, by its name or number. */
export const Trial = Schema.Union([Schema.String, Schema.Int])
export type Trial = typeof Trial.Type

/** Why a variable has its value. */
export const Why = Schema.Struct({
  /** Who changed it, or proposed to. */
  by: Schema.String,
  /** When, in milliseconds since the epoch. */
  at: Schema.Finite,
  /** The writer's own words. */
  because: Schema.optionalKey(Schema.String),
  /** The trial that speaks for the value. */
  trial: Schema.optionalKey(Trial),
  /** The session that accepted it. */
  session: Schema.optionalKey(Schema.String),
  /** The votes from which that was decided. */
  votes: Schema.optionalKey(Schema.Array(Vote)),
  /** The version whose value came back. */
  rolledBackTo: Schema.optionalKey(Schema.Int)
})
export type Why = typeof Why.Type

/** One change of a variable. The definition is the first, and comes from `undefined`. */
export const Change = Schema.Struct({
  variable: Schema.String,
  from: Schema.Unknown,
  to: Schema.Unknown,
  /** The version that the change made. */
  version: Schema.Int,
  clock: VectorClock.VectorClock,
  why: Why
})
export type Change = typeof Change.Type

/** What `propose` puts beside the values, for the voters to judge by and for `commit` to hold on to. */
export const Evidence = Schema.Struct({
  by: Schema.String,
  /** The versions that the proposal is made for. */
  baseVersions: Schema.Record(Schema.String, Schema.Int),
  trial: Schema.optionalKey(Trial),
  because: Schema.optionalKey(Schema.String),
  /** What speaks for the change, as the proposer gave it. */
  given: Schema.optionalKey(Schema.Unknown)
})
export type Evidence = typeof Evidence.Type
