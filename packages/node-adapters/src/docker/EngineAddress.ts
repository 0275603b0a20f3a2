import { EngineUnavailable } from "@slipway/core"
import { Effect } from "effect"
import { readFile } from "node:fs/promises"
import { join } from "node:path"

/** Where a container engine is. */
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

type Variables = Readonly<Record<string, string>>

type TlsFiles = Pick<EngineAddress, "ca" | "cert" | "key">

/** Where the engine is when nobody said otherwise. */
const defaultSocket = "/var/run/docker.sock"

/**
 * Finds the engine as the docker command does: `DOCKER_HOST`, else `DOCKER_CONTEXT` or the current context of
 * `config.json`, else the usual socket. Fails for an address or a context that docker would not take either.
 */
export const findEngine = Effect.fn("EngineAddress.find")(function*(variables: Variables) {
  const config = given(variables, "DOCKER_CONFIG") ?? join(given(variables, "HOME") ?? "/", ".docker")
  const host = given(variables, "DOCKER_HOST")
  if (host !== undefined) {
    const wantsTls = given(variables, "DOCKER_TLS_VERIFY") !== undefined
    const folder = given(variables, "DOCKER_CERT_PATH") ?? config
    return yield* parseEngineAddress(host, wantsTls ? yield* tlsFiles(folder, "all") : {})
  }
  const context = given(variables, "DOCKER_CONTEXT") ?? (yield* currentContext(config))
  return context === undefined || context === "default"
    ? { socketPath: defaultSocket }
    : yield* contextAddress(config, context)
})

/** Reads an address as docker takes it: `unix://`, `npipe://`, `tcp://`, `http(s)://` and `ssh://`. */
export const parseEngineAddress = (
  text: string,
  tls: TlsFiles = {}
): Effect.Effect<EngineAddress, EngineUnavailable> => {
  const socket = /^(?:unix|npipe):\/\/(.*)$/u.exec(text)?.[1]
  if (socket !== undefined) return Effect.succeed({ socketPath: socket === "" ? defaultSocket : socket })
  const url = URL.parse(text.includes("://") ? text : `tcp://${text}`)
  if (url === null || url.hostname === "" || !schemes.has(url.protocol)) {
    return unavailable(`${text} is no address of an engine`)
  }
  const host = url.hostname.replaceAll(/^\[|\]$/gu, "")
  if (url.protocol === "ssh:") {
    return Effect.succeed({
      protocol: "ssh",
      host,
      port: url.port === "" ? 22 : Number(url.port),
      ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) })
    })
  }
  const isSecure = tls.ca !== undefined || tls.cert !== undefined || url.protocol === "https:"
  // A standard port is not in the URL that was read.
  const port = url.port === "" ? /:(\d+)\/*$/u.exec(text)?.[1] ?? (isSecure ? 2376 : 2375) : url.port
  return Effect.succeed({ protocol: isSecure ? "https" : "http", host, port: Number(port), ...tls })
}

const schemes: ReadonlySet<string> = new Set(["tcp:", "http:", "https:", "ssh:"])

/** The address in words, for messages. */
export const describeEngine = ({ host = "", port, protocol = "http", socketPath }: EngineAddress): string =>
  socketPath ?? `${protocol}://${host}${port === undefined ? "" : `:${port}`}`

/** An empty variable is one that is not set, as for docker. */
const given = (variables: Variables, name: string): string | undefined =>
  variables[name] === "" ? undefined : variables[name]

const unavailable = (reason: string) => Effect.fail(new EngineUnavailable({ reason }))

const currentContext = (config: string): Effect.Effect<string | undefined> =>
  // No configuration, or none that can be read: docker goes on with its defaults too.
  readText(join(config, "config.json")).pipe(
    Effect.map((text) => stringAt(text === null ? undefined : parseJson(text), "currentContext")),
    Effect.map((name) => name === "" ? undefined : name)
  )

/** Contexts lie in folders named after the hash of their name. */
const contextAddress = Effect.fnUntraced(function*(config: string, context: string) {
  const { createHash } = yield* Effect.promise(() => import("node:crypto"))
  const id = createHash("sha256").update(context).digest("hex")
  const text = yield* readText(join(config, "contexts/meta", id, "meta.json"))
  if (text === null) return yield* unavailable(`the docker context ${context} does not exist`)
  const host = stringAt(valueAt(valueAt(parseJson(text), "Endpoints"), "docker"), "Host")
  if (host === undefined || host === "") return yield* unavailable(`the docker context ${context} names no engine`)
  return yield* parseEngineAddress(host, yield* tlsFiles(join(config, "contexts/tls", id, "docker"), "those present"))
})

const tlsFiles = Effect.fnUntraced(function*(folder: string, which: "all" | "those present") {
  const [ca, cert, key] = yield* Effect.forEach(["ca.pem", "cert.pem", "key.pem"], (name) => {
    const path = join(folder, name)
    return Effect.flatMap(
      readText(path),
      (text) =>
        text === null && which === "all"
          ? unavailable(`${path}, which TLS needs, cannot be read`)
          : Effect.succeed(text)
    )
  })
  const files: TlsFiles = {
    ...(ca === null || ca === undefined ? {} : { ca }),
    ...(cert === null || cert === undefined ? {} : { cert }),
    ...(key === null || key === undefined ? {} : { key })
  }
  return files
})

const readText = (path: string): Effect.Effect<string | null> =>
  Effect.tryPromise(() => readFile(path, "utf8")).pipe(Effect.orElseSucceed(() => null))

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const valueAt = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined

const stringAt = (value: unknown, key: string): string | undefined => {
  const found = valueAt(value, key)
  return typeof found === "string" ? found : undefined
}
