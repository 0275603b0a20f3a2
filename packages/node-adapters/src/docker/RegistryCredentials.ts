import { Effect } from "effect"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { Subprocess } from "../process/Subprocess.ts"

/** What an engine shows to a registry. */
export interface RegistryLogin {
  readonly username: string
  readonly password: string
  readonly identitytoken?: string
  readonly serveraddress: string
}

/** Docker Hub's name in docker's configuration. */
const dockerHub = "https://index.docker.io/v1/"

/** The registry that an image is pulled from, as docker's configuration names it. */
export const registryOf = (image: string): string => {
  const [host = "", ...rest] = image.split("/")
  return rest.length > 0 && (/[.:]/u.test(host) || host === "localhost") && host !== "docker.io" ? host : dockerHub
}

/**
 * The login for an image's registry, as the docker command takes it from its `config.json`: what is written there, or what a
 * credential helper gives. Null when there is none, or when it cannot be read: the registry says then what it wants.
 */
export const registryLogin = Effect.fnUntraced(function*(
  image: string,
  variables: Readonly<Record<string, string>>,
  subprocess: Subprocess["Service"]
) {
  const registry = registryOf(image)
  const folder = given(variables["DOCKER_CONFIG"]) ?? join(given(variables["HOME"]) ?? "/", ".docker")
  const text = yield* Effect.promise(() => readFile(join(folder, "config.json"), "utf8").catch(() => "{}"))
  const config = parse(text)
  const helper = textAt(valueAt(config, "credHelpers"), registry) ?? textAt(config, "credsStore")
  if (helper === null) return writtenLogin(valueAt(valueAt(config, "auths"), registry), registry)
  const answer = yield* subprocess.run({
    command: [`docker-credential-${helper}`, "get"],
    directory: "/",
    stdin: registry,
    timeout: "30 seconds"
  }).pipe(Effect.orElseSucceed(() => null))
  return answer?.exitCode === 0 ? givenLogin(parse(answer.stdout), registry) : null
})

const writtenLogin = (entry: unknown, serveraddress: string): RegistryLogin | null => {
  const token = textAt(entry, "identitytoken")
  const [username = "", ...password] = Buffer.from(textAt(entry, "auth") ?? "", "base64").toString("utf8").split(":")
  if (token !== null) return { username, password: "", identitytoken: token, serveraddress }
  return username === "" ? null : { username, password: password.join(":"), serveraddress }
}

const givenLogin = (answer: unknown, serveraddress: string): RegistryLogin | null => {
  const [username, secret] = [textAt(answer, "Username"), textAt(answer, "Secret")]
  if (username === null || secret === null) return null
  // So a helper says that it is a token of an identity, and no password.
  return username === "<token>"
    ? { username: "", password: "", identitytoken: secret, serveraddress }
    : { username, password: secret, serveraddress }
}

const given = (text: string | undefined): string | undefined => text === "" ? undefined : text

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const valueAt = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined

const textAt = (value: unknown, key: string): string | null => {
  const found = valueAt(value, key)
  return typeof found === "string" && found !== "" ? found : null
}
