/**
 * Reads which modules a TypeScript file names, from its syntax tree.
 *
 * **Guarantees** Finds static imports, `export … from`, `import("…")` as an expression and as a type,
 * `import.meta.resolve("…")`, `require("…")`, and script files behind `new URL("…", import.meta.url)` (worker entry
 * points). Comments and ordinary strings never count.
 *
 * **Does not guarantee** Targets that are computed at run time: they are reported as `computed`, without a specifier.
 *
 * @since 0.1.0
 */
import { parseSync } from "oxc-parser"

/** One place where a file names a module. */
export interface Import {
  readonly kind: "static" | "dynamic" | "url" | "computed"
  /** What stands between the quotes; empty for `computed`. */
  readonly specifier: string
  /** Counted from 1. */
  readonly line: number
}

/** A use of a member of an imported module, such as `Locks.layerMemory`. */
export interface MemberUse {
  /** The module that the object was imported from. */
  readonly specifier: string
  /** The path after the import, such as `["Locks", "layerMemory"]`. */
  readonly members: ReadonlyArray<string>
  readonly line: number
}

/** What a file names. */
export interface ModuleUses {
  readonly imports: ReadonlyArray<Import>
  readonly members: ReadonlyArray<MemberUse>
}

/** A node of the syntax tree, as far as the tools look into it. */
export type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<
  Record<string, unknown>
>

/** Whether a value of the tree is a node. */
export const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string" && "start" in value

/** Calls `visit` for `node` and everything below it, parents first. */
export const walk = (node: unknown, visit: (node: Node) => void): void => {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, visit)
  } else if (isNode(node)) {
    visit(node)
    for (const key in node) walk(node[key], visit)
  }
}

/** The line of an offset, counted from 1. */
export const lineAt = (text: string, offset: number): number => {
  let line = 1
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line++
  return line
}

/** Reads the uses of modules in a file. Throws when the file is no TypeScript. */
export const read = (path: string, text: string): ModuleUses => {
  const { errors, program } = parseSync(path, text)
  const first = errors[0]
  if (first !== undefined) throw new Error(`${path}: ${first.message}`)
  const imports: Array<Import> = []
  const members: Array<MemberUse> = []
  const bindings = new Map(
    program.body.flatMap((node): ReadonlyArray<Binding> => (isNode(node) ? bindingsOf(node) : []))
  )
  const nested = new Set<unknown>()
  walk(program, (node) => {
    const found = importIn(node)
    if (found !== undefined) imports.push({ ...found, line: lineAt(text, node.start) })
    for (const use of memberUsesOf(node, nested, bindings)) members.push({ ...use, line: lineAt(text, node.start) })
  })
  return { imports, members }
}

interface Origin {
  readonly specifier: string
  readonly path: ReadonlyArray<string>
}

type Binding = readonly [local: string, origin: Origin]

const literal = (node: unknown): string | undefined => {
  if (!isNode(node)) return undefined
  if (node.type === "Literal" && typeof node["value"] === "string") return node["value"]
  if (node.type === "TSLiteralType") return literal(node["literal"])
  return undefined
}

const nameOf = (node: unknown): string | undefined =>
  isNode(node) && node.type === "Identifier" && typeof node["name"] === "string" ? node["name"] : literal(node)

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

const isImportMeta = (node: unknown, member: string): boolean =>
  isNode(node) &&
  node.type === "MemberExpression" &&
  isNode(node["object"]) &&
  node["object"].type === "MetaProperty" &&
  nameOf(node["property"]) === member

const importIn = (node: Node): Omit<Import, "line"> | undefined => {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration": {
      const specifier = literal(node["source"])
      return specifier === undefined ? undefined : { kind: "static", specifier }
    }
    case "ImportExpression":
    case "TSImportType":
      return dynamic(node["source"])
    case "CallExpression":
      return nameOf(node["callee"]) === "require" || isImportMeta(node["callee"], "resolve")
        ? dynamic(listOf(node["arguments"])[0])
        : undefined
    case "NewExpression": {
      const [target, base] = listOf(node["arguments"])
      if (nameOf(node["callee"]) !== "URL" || !isImportMeta(base, "url")) return undefined
      const specifier = literal(target)
      return specifier !== undefined && /\.[cm]?[jt]sx?$/.test(specifier) ? { kind: "url", specifier } : undefined
    }
    default:
      return undefined
  }
}

const dynamic = (target: unknown): Omit<Import, "line"> => {
  const specifier = literal(target)
  return specifier === undefined ? { kind: "computed", specifier: "" } : { kind: "dynamic", specifier }
}

/** The local names that an import declaration binds. */
const bindingsOf = (node: Node): ReadonlyArray<Binding> => {
  const specifier = node.type === "ImportDeclaration" ? literal(node["source"]) : undefined
  if (specifier === undefined) return []
  return listOf(node["specifiers"]).flatMap((it): ReadonlyArray<Binding> => {
    const local = isNode(it) ? nameOf(it["local"]) : undefined
    if (!isNode(it) || local === undefined) return []
    const imported = it.type === "ImportSpecifier" ? nameOf(it["imported"]) : undefined
    return [[local, { specifier, path: imported === undefined ? [] : [imported] }]]
  })
}

/** Uses that this node makes of imported bindings; `nested` remembers inner parts of a chain, which count once. */
const memberUsesOf = (
  node: Node,
  nested: Set<unknown>,
  bindings: ReadonlyMap<string, Origin>
): ReadonlyArray<Omit<MemberUse, "line">> => {
  if (node.type === "ImportDeclaration") {
    return bindingsOf(node).map(([, { specifier, path }]) => ({ specifier, members: path }))
  }
  if (node.type === "MemberExpression" && !nested.has(node)) {
    const chain = chainOf(node, nested)
    const origin = chain === undefined ? undefined : bindings.get(chain.root)
    if (chain === undefined || origin === undefined) return []
    return [{ specifier: origin.specifier, members: [...origin.path, ...chain.members] }]
  }
  if (node.type === "VariableDeclarator" && isNode(node["id"]) && node["id"].type === "ObjectPattern") {
    const chain = isNode(node["init"]) ? chainOf(node["init"], new Set()) : undefined
    const origin = chain === undefined ? undefined : bindings.get(chain.root)
    if (chain === undefined || origin === undefined) return []
    return listOf(node["id"]["properties"]).flatMap((property) => {
      const key = isNode(property) ? nameOf(property["key"]) : undefined
      if (key === undefined) return []
      return [{ specifier: origin.specifier, members: [...origin.path, ...chain.members, key] }]
    })
  }
  return []
}

/** Reads `A.b["c"]` as root `A` and members `b`, `c`. */
const chainOf = (
  node: Node,
  nested: Set<unknown>
): { readonly root: string; readonly members: ReadonlyArray<string> } | undefined => {
  const members: Array<string> = []
  let at: unknown = node
  while (isNode(at) && at.type === "MemberExpression") {
    const member = at["computed"] === true ? literal(at["property"]) : nameOf(at["property"])
    if (member === undefined) return undefined
    members.unshift(member)
    at = at["object"]
    nested.add(at)
  }
  const root = isNode(at) && at.type === "Identifier" ? nameOf(at) : undefined
  return root === undefined ? undefined : { root, members }
}
