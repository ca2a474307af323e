/**
 * The repository as the tools see it: its packages, its files, and where the root is.
 *
 * **Guarantees** Lists are sorted by path with `/` between the parts, whatever the platform. Installed and generated
 * folders (`node_modules`, `dist`, `out`, dot folders) are never entered.
 *
 * **Does not guarantee** A view that follows changes: each call reads the disk again.
 *
 * @since 0.1.0
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

/** The absolute path of the repository. */
export const root = fileURLToPath(new URL("../../../", import.meta.url))

/** The part of a package's manifest that the tools read. */
export interface Manifest {
  readonly name: string
  readonly private: boolean
  /** The subpaths that others may import: `.`, `./testing`; those mapped to `null` are left out. */
  readonly exports: ReadonlyArray<string>
}

/** A package or app of the workspace. */
export interface Package {
  /** Path from the root, such as `packages/foundation`. */
  readonly folder: string
  readonly manifest: Manifest
}

/** A file's path from the root and its content. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** Every package and app with a manifest, sorted by folder. */
export const packages = (): ReadonlyArray<Package> =>
  ["packages", "apps"].flatMap((group) =>
    foldersIn(group).flatMap((name): ReadonlyArray<Package> => {
      const folder = `${group}/${name}`
      const file = path.join(root, folder, "package.json")
      return fs.existsSync(file) ? [{ folder, manifest: parseManifest(fs.readFileSync(file, "utf8")) }] : []
    })
  )

/** The files under `folder` (a path from the root) whose name ends in `suffix`, sorted; none when the folder is absent. */
export const filesUnder = (folder: string, suffix: string): ReadonlyArray<string> => {
  const absolute = path.join(root, folder)
  if (!fs.existsSync(absolute)) return []
  return fs
    .readdirSync(absolute, { withFileTypes: true })
    .filter((entry) => !isSkipped(entry.name))
    .flatMap((entry): ReadonlyArray<string> => {
      const file = folder === "" ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) return filesUnder(file, suffix)
      return entry.isFile() && entry.name.endsWith(suffix) ? [file] : []
    })
    .sort()
}

/** Reads a file given by its path from the root. */
export const read = (file: string): SourceFile => ({
  path: file,
  text: fs.readFileSync(path.join(root, file), "utf8")
})

const isSkipped = (name: string): boolean =>
  name === "node_modules" || name === "dist" || name === "out" || name.startsWith(".")

const foldersIn = (group: string): ReadonlyArray<string> => {
  const absolute = path.join(root, group)
  if (!fs.existsSync(absolute)) return []
  return fs
    .readdirSync(absolute, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !isSkipped(entry.name))
    .map((entry) => entry.name)
    .sort()
}

const parseManifest = (text: string): Manifest => {
  const json: { name: string; private?: boolean; exports?: Record<string, unknown> } = JSON.parse(text)
  const exported = Object.entries(json.exports ?? {})
  return {
    name: json.name,
    private: json.private === true,
    exports: exported.filter(([, target]) => target !== null).map(([subpath]) => subpath)
  }
}
