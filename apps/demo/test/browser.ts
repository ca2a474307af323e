/**
 * A real browser for tests: Chromium from npm, driven by Playwright.
 *
 * **Guarantees** The browser ends with its scope. It is unpacked once per machine and version, whole or not at all,
 * however many processes ask at once and whichever of them is killed. A launch that fails is tried once more.
 *
 * **Does not guarantee** The network: a page may ask for what it likes, and `requests` says for what it did. A process that
 * is killed while it unpacks leaves its folder among the temporary files.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import { execFile } from "node:child_process"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import chromium from "@sparticuz/chromium"
import { chromium as driver } from "playwright-core"
import type { Page } from "playwright-core"

/** A page, and what it did beside showing what it was given. */
export interface Opened {
  readonly page: Page
  /** What its console says and its exceptions. */
  readonly complaints: Array<string>
  /** Addresses asked for. */
  readonly requests: Array<string>
}

/** An empty page in a browser of its own. */
export const open = (
  options: {
    /** Default `"light"`. */
    readonly colorScheme?: "light" | "dark" | undefined
    /** In pixels. Default 1,200. */
    readonly width?: number | undefined
  } = {}
): Effect.Effect<Opened, never, Scope.Scope> =>
  Effect.gen(function* () {
    const browser = yield* Effect.acquireRelease(launched, (browser) => Effect.promise(() => browser.close()))
    const page = yield* Effect.promise(() =>
      browser.newPage({
        viewport: { width: options.width ?? 1200, height: 900 },
        colorScheme: options.colorScheme ?? "light"
      })
    )
    const opened: Opened = { page, complaints: [], requests: [] }
    page.on("console", (message) => {
      // The driver's own sign that a page was set.
      if (!message.text().startsWith("--playwright--")) opened.complaints.push(message.text())
    })
    page.on("pageerror", (error) => opened.complaints.push(String(error)))
    page.on("request", (request) => opened.requests.push(request.url()))
    return opened
  })

/** A program for the page: texts that lie on each other or outside, of each drawing that the selector chooses. */
export const misplaced = (drawings: string): string => `[...document.querySelectorAll("${drawings}")].flatMap((svg) => {
  const frame = svg.getBoundingClientRect()
  const texts = [...svg.querySelectorAll("text")]
    .filter((text) => text.textContent.trim() !== "")
    .map((text) => ({ text: text.textContent.trim(), box: text.getBoundingClientRect() }))
  const found = []
  texts.forEach((a, i) => {
    if (a.box.left < frame.left || a.box.right > frame.right || a.box.top < frame.top || a.box.bottom > frame.bottom) found.push("outside: " + a.text)
    for (const b of texts.slice(i + 1)) {
      const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left)
      const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top)
      if (across > 1 && down > 4) found.push(a.text + " | " + b.text)
    }
  })
  return found.map((problem) => (svg.getAttribute("aria-label") ?? "") + ": " + problem)
})`

/** A program for the page: the colour behind its first drawing. */
export const background = `getComputedStyle(document.querySelector(".bg")).fill`

const entry = createRequire(import.meta.url).resolve("@sparticuz/chromium")

/**
 * Unpacks the browser into a folder of our own and moves that to its place in one step. The package itself unpacks in
 * place, and takes a file that another process has only begun for a browser.
 */
const unpacked = async (): Promise<string> => {
  const manifest = fs.readFileSync(path.join(path.dirname(entry), "../package.json"), "utf8")
  const { version } = JSON.parse(manifest) as { readonly version: string }
  const place = path.join(tmpdir(), `chromium-${version}`)
  const binary = path.join(place, "chromium")
  if (fs.existsSync(binary)) return binary
  const own = fs.mkdtempSync(`${place}-`)
  try {
    // A process of its own, since the package unpacks to wherever the environment says that temporary files are.
    const program = `import chromium from "${pathToFileURL(entry).href}"; await chromium.executablePath()`
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], {
      env: { ...process.env, TMPDIR: own }
    })
    fs.renameSync(own, place)
  } catch (error) {
    // Another process was faster: what it has unpacked is as good.
    if (!fs.existsSync(binary)) throw error
  } finally {
    fs.rmSync(own, { recursive: true, force: true })
  }
  return binary
}

const launched = Effect.promise(unpacked).pipe(
  Effect.flatMap((executablePath) =>
    Effect.tryPromise(() => driver.launch({ args: chromium.args, executablePath, headless: true }))
  ),
  Effect.retry({ times: 1 }),
  Effect.orDie
)
