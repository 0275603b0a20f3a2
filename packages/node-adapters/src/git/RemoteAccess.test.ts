import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { createServer, type RequestListener, type Server } from "node:http"
import { join } from "node:path"
import { runGit } from "../testing/GitRepository.ts"
import { givenWorkspaces, realTaskWorkspacesLayer } from "../testing/WorkspaceScenario.ts"

const commands: Array<string> = []

const test = (
  title: string,
  body: Effect.Effect<void, unknown, Effect.Services<typeof givenWorkspaces>>,
  variables: Readonly<Record<string, string>> = {}
) =>
  it.live(title, () =>
    Effect.provide(
      body,
      realTaskWorkspacesLayer({
        variables,
        before: ({ command }) => Effect.sync(() => void commands.push(command.join(" ")))
      })
    ))

const listening = (listener: RequestListener) =>
  Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      const server = createServer(listener).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => void server.close())
  ).pipe(Effect.map((server) => {
    const address = server.address()
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
  }))

/** Serves a folder as files: the protocol that git falls back to. */
const serve = (folder: string, authorization: string): RequestListener => (request, response) => {
  const path = join(folder, new URL(request.url ?? "", "http://x").pathname)
  if (request.headers.authorization !== authorization) {
    response.writeHead(401, { "www-authenticate": "Basic realm=\"x\"" }).end()
  } else if (fs.existsSync(path) && fs.statSync(path).isFile()) response.end(fs.readFileSync(path))
  else response.writeHead(404).end()
}

const password = "s3cret-pass"
const header = Buffer.from(`ada:${password}`).toString("base64")

describe("git: getting in", () => {
  test(
    "by name and password, which are in no argument, file or URL",
    Effect.gen(function*() {
      const { prepare, repository, root, url } = yield* givenWorkspaces
      runGit(url, "update-server-info")
      const origin = yield* listening(serve(`${root}/remotes`, `Basic ${header}`))
      const credentials = { _tag: "Basic", username: "ada", password } as const
      const workspace = yield* prepare({ repositories: [repository({ url: `${origin}/khealth`, credentials })] })
      assert.isTrue(fs.existsSync(`${workspace.path}/khealth/README.md`))
      // Written into the URL, they are taken out of it.
      const inUrl = origin.replace("http://", `http://ada:${password}@`)
      const other = yield* prepare({ repositories: [repository({ url: `${inUrl}/khealth` })], session: "second" })
      assert.strictEqual(other.repositories[0]?.repository.url, `${origin}/khealth`)
      for (const word of [password, header]) {
        assert.isFalse(commands.some((command) => command.includes(word)))
        assert.isFalse(holds(`${root}/home`, word))
      }
      const refused = yield* Effect.flip(
        prepare({ repositories: [repository({ url: `${origin}/khealth` })], session: "third" })
      )
      assert.deepStrictEqual([refused.reason, refused.transient], ["RepositoryUnavailable", false])
      assert.include(refused.message, "the repository needs credentials and none are given: name a Secret in secretRef")
      const wrong = { ...credentials, password: "wrong-one" }
      const failure = yield* Effect.flip(
        prepare({
          repositories: [repository({ url: `${origin}/khealth`, credentials: wrong, secret: "git-credentials" })],
          session: "fourth"
        })
      )
      assert.deepStrictEqual([failure.reason, failure.transient], ["RepositoryUnavailable", false])
      assert.notInclude(failure.message, "wrong-one")
      assert.include(failure.message, "the repository refused the credentials of the Secret \"git-credentials\"")
      // Another task of the same session, whose credentials are right, has nothing to do with that.
      const right = repository({ url: `${origin}/khealth`, credentials })
      const next = yield* prepare({ repositories: [right], session: "fourth", index: 1 })
      assert.isTrue(fs.existsSync(`${next.path}/khealth/README.md`))
    }).pipe(Effect.scoped)
  )

  test(
    "fails for the time being where a server is in trouble or none listens",
    Effect.gen(function*() {
      const { prepare, repository } = yield* givenWorkspaces
      const origin = yield* listening((_, response) => response.writeHead(503).end())
      const closed = yield* Effect.scoped(listening(() => undefined))
      for (const url of [`${origin}/x`, `${closed}/x`]) {
        const failure = yield* Effect.flip(prepare({ repositories: [repository({ url })] }))
        assert.deepStrictEqual([failure.reason, failure.transient], ["RepositoryUnavailable", true], failure.message)
      }
    }).pipe(Effect.scoped)
  )

  test(
    "by an ssh key, in a file for its owner alone that is gone afterwards",
    Effect.gen(function*() {
      const { prepare, repository, root, rules, url, workspaces } = yield* givenWorkspaces
      const bin = `/tmp/slipway-ssh-${process.pid}`
      const log = `${bin}/log`
      fs.mkdirSync(bin, { recursive: true })
      // Tells how it is called and what the key is, then is the other machine.
      fs.writeFileSync(
        `${bin}/ssh`,
        `#!/bin/sh\nfor last; do :; done\necho "$*" >> ${log}\nstat -c %a "$2" >> ${log}\ncat "$2" >> ${log}\nexec sh -c "$last"\n`,
        { mode: 0o755 }
      )
      const credentials = { _tag: "SshKey", privateKey: "the-key" } as const
      const asked = [repository({ url: `ssh://git@example.org${url}`, credentials })]
      const workspace = yield* prepare({ repositories: asked })
      fs.writeFileSync(`${workspace.path}/khealth/new`, "1\n")
      yield* workspaces.publish(workspace, yield* workspaces.inspect(workspace), rules)
      const told = fs.readFileSync(log, "utf8")
      assert.include(told, "-o BatchMode=yes")
      assert.include(told, "\n600\nthe-key\n")
      assert.deepStrictEqual(fs.readdirSync(`${root}/home/batch/keys`), [])
      assert.isFalse(holds(`${root}/home`, "the-key"))
      fs.writeFileSync(`${root}/home/batch/keys/999999999-x`, "left by a killed one")
      yield* prepare({ repositories: asked, session: "second" })
      assert.deepStrictEqual(fs.readdirSync(`${root}/home/batch/keys`), [])
      fs.rmSync(bin, { recursive: true })
    }),
    { PATH: `/tmp/slipway-ssh-${process.pid}:${process.env["PATH"] ?? ""}` }
  )
})

const holds = (folder: string, word: string): boolean => {
  try {
    execFileSync("grep", ["-r", "-q", "-F", "-e", word, folder])
    return true
  } catch {
    return false
  }
}
