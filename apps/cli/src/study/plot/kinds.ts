/** The kinds of figures by name, in the order of a page. Loads nothing, so that help is quick. */
export const kindNames = [
  "history",
  "best-so-far",
  "intermediate",
  "pareto",
  "parallel",
  "slice",
  "contour",
  "importances",
  "edf",
  "timeline"
] as const
export type KindName = (typeof kindNames)[number]
