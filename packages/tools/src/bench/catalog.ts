/**
 * All cases of the bench, in the order of the table of the design, then memory, then the limits of the behaviours.
 *
 * @since 0.1.0
 */
import { type Case, slugOf } from "./case.ts"
import { auctionCases } from "./cases/auctions.ts"
import { barrierCases } from "./cases/barriers.ts"
import { combinatorialCases } from "./cases/combinatorial.ts"
import { economyCases } from "./cases/economy.ts"
import { eventCases } from "./cases/events.ts"
import { exchangeCases } from "./cases/exchange.ts"
import { limitCases } from "./cases/limits.ts"
import { marketCases } from "./cases/markets.ts"
import { memoryCases } from "./cases/memory.ts"
import { processCases } from "./cases/processes.ts"
import { protocolCases } from "./cases/protocols.ts"
import { registryCases } from "./cases/registry.ts"
import { roundCases } from "./cases/rounds.ts"
import { schemaCases } from "./cases/schemas.ts"
import { sessionCases } from "./cases/sessions.ts"
import { studyCases } from "./cases/studies.ts"
import { votingCases } from "./cases/voting.ts"

export const cases: ReadonlyArray<Case> = [
  ...registryCases,
  ...processCases,
  ...roundCases,
  ...barrierCases,
  ...sessionCases,
  ...eventCases,
  ...schemaCases,
  ...auctionCases,
  ...combinatorialCases,
  ...protocolCases,
  ...marketCases,
  ...exchangeCases,
  ...memoryCases,
  ...votingCases,
  ...limitCases,
  ...economyCases,
  ...studyCases
]

/** The cases that a word means: the one of this name, or all whose names begin with it. Case and punctuation do not count. */
export const select = (word: string): ReadonlyArray<Case> => {
  const slug = slugOf(word)
  if (slug === "") return []
  const exact = cases.filter((each) => slugOf(each.name) === slug)
  return exact.length > 0 ? exact : cases.filter((each) => slugOf(each.name).startsWith(slug))
}
