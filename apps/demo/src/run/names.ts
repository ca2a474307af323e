/**
 * The names of the agents.
 *
 * @since 0.1.0
 */

/** For as many agents as there may be. */
export const names = ["ada", "bo", "cleo", "dov", "eve", "fay", "gil", "hana", "ivo", "jun", "kai", "lea"]

/** The most agents that a run may have. */
export const agentsMax = names.length
