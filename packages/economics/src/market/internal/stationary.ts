/** Stationary distributions of finite Markov chains, in any arithmetic. */
import type { Arithmetic } from "../../input/Amount.ts"
import { strongParts } from "./components.ts"

/**
 * The distribution that `chain` (rows sum to 1) keeps, in which each closed class of states has its share of `weights`; states
 * outside of closed classes have none. By the elimination of Grassmann, Taksar and Heyman (1985), which subtracts nothing,
 * so doubles lose no digits.
 */
export const stationary = <A>(
  arithmetic: Arithmetic<A>,
  chain: ReadonlyArray<ReadonlyArray<A>>,
  weights: ReadonlyArray<A>
): ReadonlyArray<A> => {
  const { add, compare, divide, multiply, zero } = arithmetic
  const states = chain.map((_, state) => state)
  const leads = (from: number, to: number) => compare(chain[from]![to]!, zero) > 0
  const result = states.map(() => zero)
  for (const part of strongParts({ agents: states, goods: states }, leads, (from, to) => from === to)) {
    if (!part.isClosed || part.agents.length === 0) continue
    const inside = eliminated(
      arithmetic,
      part.agents.map((from) => part.agents.map((to) => chain[from]![to]!))
    )
    const sum = inside.reduce(add)
    const weight = part.agents.reduce((total, state) => add(total, weights[state]!), zero)
    for (const [at, state] of part.agents.entries()) result[state] = multiply(divide(inside[at]!, sum), weight)
  }
  return result
}

const eliminated = <A>({ add, divide, fromNumber, multiply, zero }: Arithmetic<A>, q: Array<Array<A>>): Array<A> => {
  for (let n = q.length - 1; n > 0; n--) {
    const last = q[n]!
    let leaving = zero
    for (let j = 0; j < n; j++) leaving = add(leaving, last[j]!)
    for (let i = 0; i < n; i++) {
      const row = q[i]!
      const factor = divide(row[n]!, leaving)
      row[n] = factor
      for (let j = 0; j < n; j++) row[j] = add(row[j]!, multiply(factor, last[j]!))
    }
  }
  const kept = [fromNumber(1)]
  for (let j = 1; j < q.length; j++) {
    let sum = zero
    for (let i = 0; i < j; i++) sum = add(sum, multiply(kept[i]!, q[i]![j]!))
    kept.push(sum)
  }
  return kept
}
