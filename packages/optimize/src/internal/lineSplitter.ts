/**
 * Lines of bytes that come in pieces.
 *
 * A line ends with a line feed; a carriage return before it is not part of it. What is longer than the limit is told once, with its
 * beginning, and skipped to its end: however much comes without a line feed, no more than the limit is kept.
 */

/** A line; `isWhole` is false if it was longer than the limit, or no UTF-8. */
export interface Line {
  readonly text: string
  readonly isWhole: boolean
}

const LINE_FEED = 10

export class LineSplitter {
  readonly #bytesMax: number
  #parts: Array<Uint8Array> = []
  #size = 0
  #isSkipping = false

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** The lines that end within the piece. */
  push(piece: Uint8Array): ReadonlyArray<Line> {
    const lines: Array<Line> = []
    let from = 0
    for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, from)) {
      this.#keep(piece.subarray(from, end), lines)
      this.#cut(lines)
      from = end + 1
    }
    this.#keep(piece.subarray(from), lines)
    return lines
  }

  /** The rest, which no line feed has ended. */
  end(): ReadonlyArray<Line> {
    const lines: Array<Line> = []
    if (this.#size > 0) this.#cut(lines)
    return lines
  }

  #keep(part: Uint8Array, lines: Array<Line>): void {
    if (this.#isSkipping || part.length === 0) return
    if (this.#size + part.length > this.#bytesMax) {
      this.#parts.push(part.subarray(0, this.#bytesMax - this.#size))
      lines.push({ text: lossy.decode(this.#taken()), isWhole: false })
      this.#isSkipping = true
      return
    }
    // A piece is a view of a buffer that is written again: the bytes are copied.
    this.#parts.push(part.slice())
    this.#size += part.length
  }

  #cut(lines: Array<Line>): void {
    if (!this.#isSkipping) lines.push(lineOf(this.#taken()))
    this.#isSkipping = false
  }

  #taken(): Uint8Array {
    const bytes = new Uint8Array(this.#parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of this.#parts) {
      bytes.set(part, at)
      at += part.length
    }
    this.#parts = []
    this.#size = 0
    return bytes
  }
}

const CARRIAGE_RETURN = 13
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const lossy = new TextDecoder()

const lineOf = (bytes: Uint8Array): Line => {
  const text = bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes
  try {
    return { text: strict.decode(text), isWhole: true }
  } catch {
    return { text: lossy.decode(text), isWhole: false }
  }
}
