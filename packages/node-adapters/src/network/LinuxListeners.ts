import { Effect } from "effect"
import * as fs from "node:fs/promises"

/** A socket that listens. */
export interface Listener {
  readonly port: number
  /** The kernel's number of the socket. */
  readonly inode: string
}

/** A process that holds a socket. */
export interface SocketHolder {
  readonly pid: number
  readonly name: string
}

/** Every TCP socket of this network that listens, on any address; none where the system has no `/proc`. */
export const readListeners: Effect.Effect<ReadonlyArray<Listener>> = Effect.promise(async () => {
  const tables = await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map(readText))
  return tables.flatMap((table) => parseListeners(table ?? ""))
})

/**
 * The listening sockets of a table such as `/proc/net/tcp`. Its columns are number, local address and port, remote
 * address and port, state, queues, timer, retransmissions, user, timeout, inode; numbers are hexadecimal.
 */
export const parseListeners = (table: string): ReadonlyArray<Listener> =>
  table.split("\n").flatMap((line) => {
    const columns = line.trim().split(/\s+/u)
    const [local, state, inode] = [columns[1], columns[3], columns[9]]
    if (local === undefined || inode === undefined || state !== listening) return []
    return [{ port: Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16), inode }]
  })

const listening = "0A"

/** Who holds these sockets, by port. What belongs to another user cannot be seen. */
export const findHolders = (
  listeners: ReadonlyArray<Listener>
): Effect.Effect<ReadonlyMap<number, SocketHolder>> =>
  Effect.promise(async () => {
    const found = new Map<number, SocketHolder>()
    const portOf = new Map(listeners.map(({ inode, port }) => [`socket:[${inode}]`, port]))
    const ports = new Set(portOf.values())
    for (const pid of await processIds()) {
      if (found.size === ports.size) break
      for (const socket of await socketsOf(pid)) {
        const port = portOf.get(socket)
        if (port !== undefined && !found.has(port)) found.set(port, { pid, name: await nameOf(pid) })
      }
    }
    return found
  })

const processIds = async (): Promise<ReadonlyArray<number>> =>
  (await readNames("/proc")).filter((name) => /^[0-9]+$/u.test(name)).map(Number).sort((one, other) => one - other)

const socketsOf = async (pid: number): Promise<ReadonlyArray<string>> => {
  const folder = `/proc/${pid}/fd`
  return Promise.all((await readNames(folder)).map((descriptor) => readTarget(`${folder}/${descriptor}`)))
}

const nameOf = async (pid: number): Promise<string> => (await readText(`/proc/${pid}/comm`))?.trim() ?? "?"

// Processes come and go while they are looked at, and those of others are closed to us.

const readText = async (path: string): Promise<string | null> => {
  try {
    return await fs.readFile(path, "utf8")
  } catch {
    return null
  }
}

const readNames = async (folder: string): Promise<ReadonlyArray<string>> => {
  try {
    return await fs.readdir(folder)
  } catch {
    return []
  }
}

const readTarget = async (path: string): Promise<string> => {
  try {
    return await fs.readlink(path)
  } catch {
    return ""
  }
}
