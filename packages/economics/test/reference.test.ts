import { assert, describe, it } from "@effect/vitest"
import { readFileSync, readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))
const isReference = (path: string) => /(^|[/\\])reference[/\\].*\.ts$/.test(path)

describe("ground truth", () => {
  it("knows nothing of what it judges: files in reference/ import no source of this package", () => {
    const files = readdirSync(here, { recursive: true, encoding: "utf8" }).filter(isReference)
    const guilty = files.filter((file) =>
      /from\s+"(?:@mabeam\/|.*\/src\/)|import\("(?:@mabeam\/|.*\/src\/)/.test(readFileSync(`${here}/${file}`, "utf8"))
    )
    assert.isAbove(files.length, 0)
    assert.deepStrictEqual(guilty, [])
  })
})
