import { readFile } from "node:fs/promises"
import { createHash } from "node:crypto"
import { join } from "node:path"

/** How dockerode is told where the engine is. */
export interface EngineAddress {
  readonly socketPath?: string
  readonly protocol?: "http" | "https" | "ssh"
  readonly host?: string
  readonly port?: number
  readonly username?: string
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** Where the engine is when nobody said otherwise. */
const defaultSocket = "/var/run/docker.sock"

/**
 * Finds the engine as the docker command does: `DOCKER_HOST`, else `DOCKER_CONTEXT` or the current context, else the
 * usual socket.
 */
export const findEngine = async (variables: Readonly<Record<string, string>>): Promise<EngineAddress> => {
  const host = variables["DOCKER_HOST"]
  if (host !== undefined && host !== "") return parseEngineAddress(host, await tlsOf(variables))
  const config = variables["DOCKER_CONFIG"] ?? join(variables["HOME"] ?? "/", ".docker")
  const context = variables["DOCKER_CONTEXT"] ?? (await currentContext(config))
  if (context === undefined || context === "" || context === "default") return { socketPath: defaultSocket }
  const endpoint = await contextEndpoint(config, context)
  return endpoint === null ? { socketPath: defaultSocket } : parseEngineAddress(endpoint, {})
}

/** Reads `unix://`, `tcp://`, `http(s)://` and `ssh://` addresses. */
export const parseEngineAddress = (text: string, tls: Partial<EngineAddress>): EngineAddress => {
  if (text.startsWith("unix://")) return { socketPath: text.slice("unix://".length) }
  if (text.startsWith("/")) return { socketPath: text }
  const url = new URL(text)
  const secure = tls.ca !== undefined || url.protocol === "https:"
  if (url.protocol === "ssh:") {
    return {
      protocol: "ssh",
      host: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      ...(url.username === "" ? {} : { username: url.username })
    }
  }
  return {
    protocol: secure ? "https" : "http",
    host: url.hostname.replace(/^\[|\]$/gu, ""),
    port: url.port === "" ? (secure ? 2376 : 2375) : Number(url.port),
    ...tls
  }
}

/** The address in words, for messages. */
export const describeEngine = (address: EngineAddress): string =>
  address.socketPath ?? `${address.protocol ?? "http"}://${address.host ?? ""}:${address.port ?? ""}`

const tlsOf = async (variables: Readonly<Record<string, string>>): Promise<Partial<EngineAddress>> => {
  const folder = variables["DOCKER_CERT_PATH"]
  if (folder === undefined || (variables["DOCKER_TLS_VERIFY"] ?? "") === "") return {}
  const read = (name: string) => readFile(join(folder, name), "utf8")
  const [ca, cert, key] = await Promise.all([read("ca.pem"), read("cert.pem"), read("key.pem")])
  return { ca, cert, key }
}

const currentContext = async (config: string): Promise<string | undefined> => {
  const parsed = await readJson(join(config, "config.json"))
  return stringAt(parsed, "currentContext")
}

/** Contexts lie in folders named after the hash of their name. */
const contextEndpoint = async (config: string, context: string): Promise<string | null> => {
  const id = createHash("sha256").update(context).digest("hex")
  const meta = await readJson(join(config, "contexts/meta", id, "meta.json"))
  return stringAt(valueAt(valueAt(meta, "Endpoints"), "docker"), "Host") ?? null
}

const readJson = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(path, "utf8"))
  } catch {
    // No configuration, or none that can be read: the docker command goes on with its defaults too.
    return undefined
  }
}

const valueAt = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && key in value ? Object.entries(value).find(([k]) => k === key)?.[1] : undefined

const stringAt = (value: unknown, key: string): string | undefined => {
  const found = valueAt(value, key)
  return typeof found === "string" ? found : undefined
}
