import { campaign } from "@foundation/core/testing/law"

/** How many generated cases each mechanism is tried on (promise P13). */
export const p13 = campaign(10_000, 100_000)
