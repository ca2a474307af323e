/**
 * `mabeam study plot`: draws a study.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { kindNames } from "./plot/kinds.ts"
import type { Given } from "./PlotRun.ts"

/** Most studies that are compared. */
const studiesMax = 20

/** The verb; `program` is how `mabeam` is called, `storage` the flag of the file that studies are in. */
export const plot = (program: string, storage: Flag.Flag<string>) =>
  Command.make(
    "plot",
    {
      storage,
      study: Flag.String("study").pipe(
        Flag.withMetavar("NAME"),
        Flag.withDescription(
          `Name of the study (default: the only one of the file); given up to ${studiesMax} times, edf compares them and the others show the first`
        ),
        Flag.atMost(studiesMax)
      ),
      kind: Flag.Literals("kind", ["all", ...kindNames]).pipe(
        Flag.withDescription("What is drawn; may be given several times (default: all that make sense of the study)"),
        Flag.atMost(kindNames.length + 1)
      ),
      param: Flag.String("param").pipe(
        Flag.withMetavar("NAME"),
        Flag.withDescription(
          "A variable of slice, parallel and, two of them, contour; may be given up to 30 times (default: all; contour: two numbers)"
        ),
        Flag.atMost(30)
      ),
      objective: Flag.Int("objective").pipe(
        Flag.withMetavar("N"),
        Flag.withDescription("Of several objectives, the one that is drawn, from 0 (default: 0)"),
        Flag.withDefault(0)
      ),
      out: Flag.String("out").pipe(
        Flag.withMetavar("FILE.html|FILE.svg"),
        Flag.withDescription("Write it here: a page to look around in, or a drawing. Both stand alone")
      )
    },
    (given: Given) =>
      Effect.flatMap(
        // What draws takes long to load: only who asks for it waits.
        Effect.promise(() => import("./PlotRun.ts")),
        (it) => it.run(given)
      )
  ).pipe(
    Command.withDescription(
      "Draws a study: as one page (.html), where trials are chosen along the axes of parallel coordinates, or as a drawing (.svg)."
    ),
    Command.withShortDescription("Draw a study"),
    Command.withExamples([
      {
        command: `${program} study plot --storage study.sqlite --out study.html`,
        description: "Everything there is to see, as one page"
      },
      {
        command: `${program} study plot --storage study.sqlite --kind contour --param x --param y --out map.svg`,
        description: "The best values over two variables"
      },
      {
        command: `${program} study plot --storage study.sqlite --study tpe --study random --kind edf --out edf.svg`,
        description: "Which search was better?"
      }
    ])
  )
