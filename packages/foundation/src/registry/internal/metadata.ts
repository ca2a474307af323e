/** Metadata at the edge: checked to be JSON, measured, and copied, so that what is stored never changes behind its index. */
import type { Json, Metadata } from "../RegistryStore.ts"

/** The limit of metadata, in bytes of its JSON text in UTF-8. */
export const metadataBytesMax = 16 * 1024

/** How deep metadata may nest. */
const depthMax = 32

/** No character needs more bytes in JSON text: `\u0000`. */
const bytesPerCharacterMax = 6

/** No number, boolean or null needs more bytes in JSON text, comma included. */
const bytesPerAtomMax = 26

export const noMetadata: Metadata = Object.freeze({})

/** Why metadata was not taken: it is no JSON record, or it is over the limit. */
export class MetadataProblem {
  readonly problem: string
  /** How long it is, when it is too long. */
  readonly bytes: number | undefined
  constructor(problem: string, bytes: number | undefined) {
    this.problem = problem
    this.bytes = bytes
  }
}

/** A copy of the metadata, or what is wrong with it. */
export const copyMetadata = (metadata: unknown): Metadata | MetadataProblem => {
  if (metadata === undefined) return noMetadata
  if (!isRecord(metadata)) return new MetadataProblem("it is not a record", undefined)
  const copier = new Copier()
  const copy = copier.record(metadata, 0)
  if (copier.problem !== undefined) return new MetadataProblem(copier.problem, undefined)
  if (copier.bytesMax <= metadataBytesMax) return copy
  // The bound is generous: now count.
  const bytes = new TextEncoder().encode(JSON.stringify(copy)).length
  return bytes > metadataBytesMax ? new MetadataProblem("it is too large", bytes) : copy
}

const isRecord = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== "object" || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Copies JSON and keeps an upper bound of the length of its text; stops at the first thing that is no JSON. */
class Copier {
  bytesMax = 2
  problem: string | undefined = undefined

  record(record: Record<string, unknown>, depth: number): Metadata {
    // Copied at once, members in place: that is many times faster than key by key, and takes `__proto__` for a key.
    const copy: Record<string, unknown> = { ...record }
    for (const key in copy) {
      this.bytesMax += key.length * bytesPerCharacterMax + 4
      const value = copy[key]
      const json = this.value(value, key, depth)
      if (json !== value) replace(copy, key, json)
      if (this.problem !== undefined) break
    }
    // Every member has been found to be JSON, or the copy is thrown away.
    return copy as Record<string, Json>
  }

  private value(value: unknown, key: string, depth: number): Json {
    switch (typeof value) {
      case "string":
        this.bytesMax += value.length * bytesPerCharacterMax + 3
        return value
      case "number":
        this.bytesMax += bytesPerAtomMax
        return Number.isFinite(value) ? value : this.reject(key, String(value))
      case "boolean":
        this.bytesMax += bytesPerAtomMax
        return value
      case "object":
        return value === null ? this.null() : this.nested(value, key, depth + 1)
      default:
        return this.reject(key, `a ${typeof value}`)
    }
  }

  private nested(value: object, key: string, depth: number): Json {
    this.bytesMax += 3
    if (depth > depthMax) return this.reject(key, `nested more than ${depthMax} deep`)
    if (isRecord(value)) return this.record(value, depth)
    if (!Array.isArray(value)) return this.reject(key, "an instance of a class")
    const copy: Array<Json> = []
    for (let index = 0; index < value.length && this.problem === undefined; index++) {
      copy.push(this.value(value[index], `${key}.${index}`, depth))
    }
    return copy
  }

  private null(): null {
    this.bytesMax += bytesPerAtomMax
    return null
  }

  private reject(key: string, what: string): null {
    this.problem ??= `"${key}" is ${what}, which JSON has not`
    return null
  }
}

/** Assigning to `__proto__` would set the prototype. */
const replace = (record: Record<string, unknown>, key: string, value: Json): void => {
  if (key !== "__proto__") record[key] = value
  else Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true })
}
