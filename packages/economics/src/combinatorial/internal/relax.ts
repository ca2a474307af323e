/**
 * The linear relaxation of a packing, tightened by cliques that its solution violates (Padberg, "On the Facial Structure of
 * Set Packing Polyhedra", 1973). The cliques become rows of the packing.
 */
import { addRow, extended } from "./packing.ts"
import type { Packing } from "./packing.ts"
import * as Tableau from "./tableau.ts"

const roundsMax = 12
const cliquesMax = 40

/** An optimal tableau, or as far as time allows. */
export const relax = (packing: Packing, isSpent: () => boolean): Tableau.Tableau => {
  let tableau = Tableau.make(packing)
  const scales = Float64Array.from(packing.rowsOf, (rows) => 1 / Math.sqrt(rows.length + 1))
  Tableau.maximise(tableau, scales, isSpent)
  const dead = new Uint8Array(packing.size)
  for (let round = 0; round < roundsMax && !isSpent(); round++) {
    const cliques = Tableau.violatedCliques(packing, Tableau.values(tableau), cliquesMax)
    if (cliques.length === 0) break
    const before = tableau.objective
    const first = packing.rows.length
    for (const clique of cliques) addRow(packing, extended(clique, packing.conflicts, packing.shares))
    tableau = Tableau.copyWithout(tableau, dead)
    Tableau.addRows(
      tableau,
      packing,
      cliques.map((_, index) => first + index)
    )
    settle(packing, tableau, dead, -Infinity, isSpent)
    if (before - tableau.objective < 1e-4 * before) break
  }
  return tableau
}

/** Repairs, and adds what rows the solution then violates, a few times. Stops early below `enough`, or out of time. */
export const settle = (
  packing: Packing,
  tableau: Tableau.Tableau,
  dead: Uint8Array,
  enough: number,
  isSpent: () => boolean
): void => {
  for (let round = 0; round < 4; round++) {
    Tableau.repair(tableau, dead, enough, isSpent)
    if (tableau.objective <= enough || isSpent()) return
    const rows = Tableau.missing(packing, tableau, Tableau.values(tableau))
    if (rows.length === 0) return
    Tableau.addRows(tableau, packing, rows.slice(0, cliquesMax))
  }
  Tableau.repair(tableau, dead, enough, isSpent)
}
