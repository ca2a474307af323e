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
  const tableau = Tableau.make(packing)
  const scales = Float64Array.from(packing.rowsOf, (rows) => 1 / Math.sqrt(rows.length + 1))
  Tableau.maximise(tableau, scales, isSpent)
  const dead = new Uint8Array(packing.size)
  for (let round = 0; round < roundsMax && !isSpent(); round++) {
    const cliques = Tableau.violatedCliques(packing, Tableau.values(tableau), cliquesMax)
    if (cliques.length === 0) break
    const before = tableau.objective
    for (const clique of cliques) {
      const row = extended(clique, packing.conflicts, packing.shares)
      addRow(packing, row)
      Tableau.addRow(tableau, packing.rows.length - 1, row)
    }
    Tableau.repair(tableau, dead, -Infinity)
    if (before - tableau.objective < 1e-4 * before) break
  }
  return tableau
}
