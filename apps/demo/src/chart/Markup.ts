/**
 * Markup that is escaped by construction: `html` escapes every value except markup made by itself.
 *
 * Values stand in text or inside double quotes, never in a tag name, an unquoted attribute or a script.
 */

/** Text that is safe to put into a page. Made by `html` and `raw` alone. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export type Value = Markup | string | number | undefined | ReadonlyArray<Markup>

const entities = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"]
])

/** Text as it has to be written in a page. Control characters other than tab and line ends become U+FFFD. */
export const escape = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g, "\ufffd")
    .replaceAll(/[&<>"']/g, (char) => entities.get(char)!)

const write = (value: Value): string => {
  if (value === undefined) return ""
  if (value instanceof Markup) return value.text
  if (typeof value === "string") return escape(value)
  // Two decimals are a hundredth of a pixel, and keep the file small.
  if (typeof value === "number") return String(Math.round(value * 100) / 100)
  return value.map((part) => part.text).join("")
}

/** Markup from a template: strings are escaped, numbers rounded to two decimals, arrays joined, undefined left out. */
export const html = (parts: TemplateStringsArray, ...values: ReadonlyArray<Value>): Markup => {
  let text = parts[0]!
  values.forEach((value, index) => {
    text += write(value) + parts[index + 1]!
  })
  return new Markup(text)
}

/** Our own style and script, which hold no value from outside. */
export const raw = (text: string): Markup => new Markup(text)
