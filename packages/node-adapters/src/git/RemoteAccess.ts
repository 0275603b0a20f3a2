import { type GitCredentials, type Host, WorkspaceFailed } from "@slipway/core"
import { Effect } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { systemWords } from "../files/SystemWords.ts"
import { originOf } from "./RemoteUrl.ts"

/** What a git that talks to another machine gets in its environment. */
export type RemoteVariables = Readonly<Record<string, string>>

/**
 * Runs git against a remote, with credentials that are in its environment alone, or in a file that only its owner reads
 * and that is gone afterwards. Nobody is asked for a password.
 */
export const withRemoteAccess = <A, E>(
  host: Host["Service"],
  url: string,
  credentials: GitCredentials | null,
  use: (variables: RemoteVariables) => Effect.Effect<A, E>
): Effect.Effect<A, E | WorkspaceFailed> => {
  const silent = { GIT_ASKPASS: host.variables["GIT_ASKPASS"] ?? "", GCM_INTERACTIVE: "never" }
  if (credentials === null) return use(silent)
  if (credentials._tag === "Basic") return use({ ...silent, ...basicVariables(url, credentials) })
  return Effect.acquireUseRelease(
    writeKey(host, credentials.privateKey),
    (path) => use({ ...silent, GIT_SSH_COMMAND: sshCommand(path) }),
    (path) => Effect.sync(() => fs.rmSync(path, { force: true }))
  )
}

/** Git's own settings, from the environment: no helper of the user is asked, or told. */
const basicVariables = (
  url: string,
  { password, username }: Extract<GitCredentials, { readonly _tag: "Basic" }>
): RemoteVariables => {
  const origin = originOf(url)
  // Where there is no HTTP, there is nobody to tell.
  if (origin === null) return {}
  const header = `Authorization: Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`
  return {
    GIT_ASKPASS: "",
    GIT_CONFIG_COUNT: "2",
    GIT_CONFIG_KEY_0: `http.${origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: header,
    GIT_CONFIG_KEY_1: "credential.helper",
    GIT_CONFIG_VALUE_1: ""
  }
}

const sshCommand = (key: string): string =>
  `ssh -i '${key.replaceAll("'", "'\\''")}' -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes`

/** The names of key files tell whose they are: those of dead processes are taken away. */
const writeKey = (host: Host["Service"], key: string): Effect.Effect<string, WorkspaceFailed> =>
  Effect.gen(function*() {
    const folder = join(host.home, "batch/keys")
    yield* removeAbandonedKeys(host, folder)
    const path = join(folder, `${host.self.pid}-${crypto.randomUUID()}`)
    return yield* inKeyFolder(folder, () => {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
      fs.writeFileSync(path, key.endsWith("\n") ? key : `${key}\n`, { mode: 0o600, flag: "wx" })
      return path
    })
  })

const removeAbandonedKeys = Effect.fnUntraced(function*(host: Host["Service"], folder: string) {
  const names = yield* inKeyFolder(folder, () => fs.existsSync(folder) ? fs.readdirSync(folder) : [])
  for (const name of names) {
    const pid = Number(name.split("-")[0])
    if (yield* host.isAlive({ pid, startedAt: "" })) continue
    yield* inKeyFolder(folder, () => fs.rmSync(join(folder, name), { force: true }))
  }
})

const inKeyFolder = <A>(folder: string, run: () => A): Effect.Effect<A, WorkspaceFailed> =>
  Effect.try({
    try: run,
    catch: (error) =>
      new WorkspaceFailed({
        reason: "KeyUnwritable",
        message: `cannot write the ssh key into ${folder}: ${systemWords(error)}`,
        transient: false
      })
  })
