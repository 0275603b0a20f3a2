import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { CommandFailed, type CommandRequest, Commands, CommandTimeout } from "../operation/Commands.ts"
import { parseEnvFile } from "../project/EnvFile.ts"
import type { InfraConfig, SandboxConfig } from "../project/InfraConfig.ts"
import { defaultLifecyclePolicy } from "../project/LifecyclePolicy.ts"
import type { Repository } from "../project/Repository.ts"
import { memoryApprovalsLayer } from "../testing/MemoryApprovals.ts"
import { memoryHostLayer } from "../testing/MemoryHost.ts"
import { MemoryFileTree, memoryProjectFilesLayer } from "../testing/MemoryProjectFiles.ts"
import { sandboxConfigSample } from "../testing/SandboxConfigSample.ts"
import { Git } from "../worktree/Git.ts"
import { Provisioning, ProvisioningIncomplete } from "./Provisioning.ts"

const repository: Repository = { main: "/shop", commonDirectory: "/shop/.git", current: "/shop" }
const worktree = "/shop-impl-auth-M1"
const gitDirectory = "/shop/.git/worktrees/shop-impl-auth-M1"

const config = (sandbox: Partial<SandboxConfig>, include: ReadonlyArray<string> = []): InfraConfig => ({
  project: { name: "shop", prefix: "shop" },
  sandbox: sandboxConfigSample(sandbox),
  worktree: { include, setup: [], teardown: [], milestones: "docs/<milestone>.md" },
  lifecycle: defaultLifecyclePolicy
})

/** What happened in the world of a test, in order. */
interface World {
  readonly log: Ref.Ref<ReadonlyArray<string>>
  readonly layer: Layer.Layer<Provisioning | MemoryFileTree>
}

const makeWorld = (options: {
  readonly files?: Readonly<Record<string, string>>
  readonly variables?: Readonly<Record<string, string>>
  readonly matching?: ReadonlyArray<string>
  readonly untracked?: ReadonlyArray<string>
  readonly run?: (request: CommandRequest) => Effect.Effect<string, CommandFailed | CommandTimeout>
}): Effect.Effect<World> =>
  Effect.gen(function*() {
    const log = yield* Ref.make<ReadonlyArray<string>>([])
    const tell = (line: string) => Ref.update(log, (lines) => [...lines, line])
    const git = Layer.mock(Git, {
      ignoredMatching: (checkout, patterns) =>
        Effect.as(tell(`match ${checkout} ${patterns.join(" ")}`), options.matching ?? []),
      exclude: (_, paths) => tell(`exclude ${paths.join(" ")}`),
      summary: () =>
        Effect.succeed({
          branch: "impl/auth-M1",
          head: "1",
          ahead: 0,
          behind: 0,
          changes: (options.untracked ?? []).map((path) => ({ path, kind: "untracked" as const }))
        })
    })
    const commands = Layer.succeed(
      Commands,
      Commands.of({
        run: (request) =>
          Effect.andThen(
            tell(`run ${request.command.join(" ")} in ${request.directory}`),
            options.run?.(request) ?? Effect.succeed("")
          )
      })
    )
    const files = memoryProjectFilesLayer({ [`${worktree}/.git`]: `gitdir: ${gitDirectory}\n`, ...options.files })
    const host = memoryHostLayer({ variables: options.variables ?? {} })
    const layer = Provisioning.layer.pipe(
      Layer.provideMerge(Layer.mergeAll(git, commands, files, host, memoryApprovalsLayer))
    )
    return { log, layer }
  })

const tree = Effect.gen(function*() {
  return yield* Ref.get(yield* MemoryFileTree)
})

const provision = (wanted: InfraConfig | null) =>
  Provisioning.use((provisioning) => provisioning.provision({ repository, worktree, config: wanted }))

const unchanged = Effect.map(
  Provisioning.use((provisioning) => provisioning.unchanged({ worktree, gitDirectory })),
  (paths) => [...paths].sort()
)

describe("Provisioning", () => {
  it.effect("copies what is included, and does not touch what is there", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld({
        files: {
          "/shop/.worktreeinclude": "# env files\n.env*\n\n!.env.example\n",
          "/shop/.env": "A=1",
          "/shop/apps/web/.env.local": "B=1",
          [`${worktree}/apps/web/.env.local`]: "B=mine"
        },
        matching: [".env", "apps/web/.env.local"],
        untracked: ["other.txt", ".env"]
      })
      yield* Effect.gen(function*() {
        const provisioned = yield* provision(config({}, ["*.pem"]))
        assert.deepStrictEqual(provisioned, { placed: [".env"], secretsFile: null, missing: [] })
        const files = yield* tree
        assert.strictEqual(files.get(`${worktree}/.env`)?.content, "A=1")
        assert.strictEqual(files.get(`${worktree}/apps/web/.env.local`)?.content, "B=mine")
        assert.deepStrictEqual(yield* Ref.get(world.log), [
          "match /shop .env* !.env.example *.pem",
          "exclude .env"
        ])
      }).pipe(Effect.provide(world.layer))
    }))

  it.effect("asks git nothing when nothing is included", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld({})
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* provision(null), { placed: [], secretsFile: null, missing: [] })
        assert.deepStrictEqual(yield* Ref.get(world.log), [])
        assert.isFalse((yield* tree).has(`${gitDirectory}/slipway.json`))
      }).pipe(Effect.provide(world.layer))
    }))

  it.effect("writes secrets for their owner alone, hidden from git before they are there", () =>
    Effect.gen(function*() {
      const token = "pa$$ 'word' #1\nline two\\"
      const world = yield* makeWorld({
        variables: { HOST_TOKEN: token },
        run: ({ command }) => Effect.succeed(command.at(-1) === "op://vault/db/password" ? "from vault" : "other")
      })
      yield* Effect.gen(function*() {
        const provisioned = yield* provision(config({
          secrets: { TOKEN: "$HOST_TOKEN", DB: "op://vault/db/password", B: "${HOST_TOKEN}" },
          files: { "config/app.env": "secret/app.env" }
        }))
        const secrets = (yield* tree).get(`${worktree}/.env.secrets`)
        assert.strictEqual(secrets?.mode, 0o600)
        assert.deepStrictEqual(parseEnvFile(secrets?.content ?? ""), { TOKEN: token, B: token, DB: "from vault" })
        assert.strictEqual(provisioned.secretsFile, `${worktree}/.env.secrets`)
        assert.deepStrictEqual(yield* Ref.get(world.log), [
          "exclude config/app.env .env.secrets",
          "run op read --no-newline op://vault/db/password in /"
        ])
        const record = (yield* tree).get(`${gitDirectory}/slipway.json`)
        assert.strictEqual(record?.mode, 0o600)
        assert.notInclude(record?.content ?? "", "pa$$")
        assert.notInclude(record?.content ?? "", "vault")
      }).pipe(Effect.provide(world.layer))
    }))

  it.effect("lists everything that is missing at once, and never a value", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld({
        files: { "/shop/have.env": "1" },
        variables: { EMPTY: "", GOOD: "hush" },
        run: (request) => {
          const failure = { command: [...request.command], directory: "/", output: "line\n[ERROR] not signed in\n" }
          switch (request.command.at(-1)) {
            case "op://v/absent/x":
              return new CommandFailed({ ...failure, output: "", exitCode: 127 })
            case "op://v/slow/x":
              return new CommandTimeout({ ...failure, seconds: 60 })
            default:
              return new CommandFailed({ ...failure, exitCode: 1 })
          }
        }
      })
      yield* Effect.gen(function*() {
        const { missing, placed } = yield* provision(config({
          files: { "a.env": "have.env", "b.env": "lost.env" },
          secrets: {
            GOOD: "$GOOD",
            NONE: "$NOWHERE",
            EMPTY: "$EMPTY",
            OUT: "op://v/locked/x",
            NOOP: "op://v/absent/x",
            SLOW: "op://v/slow/x"
          }
        }))
        assert.deepStrictEqual(placed, ["a.env", ".env.secrets"])
        assert.deepStrictEqual(missing, [
          "file b.env: /shop/lost.env does not exist",
          "secret NONE: $NOWHERE is not set in your environment",
          "secret EMPTY: $EMPTY is not set in your environment",
          "secret OUT: op://v/locked/x cannot be read, the 1Password CLI says: [ERROR] not signed in",
          "secret NOOP: op://v/absent/x cannot be read, the 1Password CLI `op` is not installed",
          "secret SLOW: op://v/slow/x cannot be read, the 1Password CLI did not answer"
        ])
        const problem = new ProvisioningIncomplete({ worktree, missing })
        for (const item of missing) assert.include(problem.message, item)
        assert.include(problem.hint, "slipway sandbox start")
        assert.notInclude(problem.message, "hush")
      }).pipe(Effect.provide(world.layer))
    }))

  it.effect("a secret that cannot be found keeps the value that is there, written by hand or an earlier start", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld({
        files: { [`${worktree}/.env.secrets`]: "LOST='by hand'\nOLD=1\nOWN=2\n" },
        variables: { OLD: "new" }
      })
      yield* Effect.gen(function*() {
        const { missing } = yield* provision(config({ secrets: { LOST: "$LOST", OLD: "$OLD", NONE: "$NONE" } }))
        assert.deepStrictEqual(missing, ["secret NONE: $NONE is not set in your environment"])
        const text = (yield* tree).get(`${worktree}/.env.secrets`)?.content
        assert.deepStrictEqual(parseEnvFile(text ?? ""), { LOST: "by hand", OLD: "new", OWN: "2" })
      }).pipe(Effect.provide(world.layer))
    }))

  it.effect("refuses a secret that no file can hold, by name", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld({ run: () => Effect.succeed("hush\0hush") })
      const refused = yield* provision(config({ secrets: { TOKEN: "op://v/i/f" } })).pipe(
        Effect.provide(world.layer),
        Effect.flip
      )
      assert.strictEqual(refused._tag, "ValueUnwritable")
      assert.include(refused.message, "TOKEN")
      assert.notInclude(refused.message, "hush")
    }))

  it.effect("knows what is still as it was put there", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld({
        files: { "/shop/.worktreeinclude": ".env*\n", "/shop/.env": "A=1", "/shop/.env.b": "B=1", "/shop/.env.c": "C" },
        matching: [".env", ".env.b", ".env.c"],
        variables: { TOKEN: "t" }
      })
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* unchanged, [])
        yield* provision(config({ secrets: { TOKEN: "$TOKEN" } }))
        assert.deepStrictEqual(yield* unchanged, [".env", ".env.b", ".env.c", ".env.secrets"])

        const files = yield* MemoryFileTree
        const edit = (path: string, content: string) =>
          Ref.update(files, (all) => new Map(all).set(path, { content, mode: null }))
        yield* edit(`${worktree}/.env.b`, "B=2")
        yield* edit("/shop/.env", "A=changed in the main checkout")
        yield* Ref.update(files, (all) => new Map([...all].filter(([path]) => path !== `${worktree}/.env.c`)))
        assert.deepStrictEqual(yield* unchanged, [".env", ".env.secrets"])

        // Again, as `sandbox start` does: what was changed stays, and stays known as changed.
        yield* provision(config({ secrets: { TOKEN: "$TOKEN" } }))
        assert.deepStrictEqual(yield* unchanged, [".env", ".env.c", ".env.secrets"])
        yield* edit(`${worktree}/.env.secrets`, "TOKEN=mine")
        assert.deepStrictEqual(yield* unchanged, [".env", ".env.c"])
      }).pipe(Effect.provide(world.layer))
    }))

  it.effect("finds the record through a relative link as well, and survives a damaged one", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld({
        files: {
          [`${worktree}/.git`]: "gitdir: git/x\n",
          [`${worktree}/git/x/slipway.json`]: "{ torn",
          "/shop/a": "1"
        }
      })
      yield* Effect.gen(function*() {
        yield* provision(config({ files: { a: "a" } }))
        const paths = yield* Provisioning.use((provisioning) =>
          provisioning.unchanged({ worktree, gitDirectory: `${worktree}/git/x` })
        )
        assert.deepStrictEqual([...paths], ["a"])
      }).pipe(Effect.provide(world.layer))
    }))

  it.effect("runs commands in order once they are approved", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld({})
      const commands = [["pnpm", "install"], ["make", "db seed", "it's"]] as const
      const request = { repository: "/shop", worktree, commands }
      yield* Effect.gen(function*() {
        const provisioning = yield* Provisioning
        const refused = yield* Effect.flip(provisioning.run(request))
        assert.strictEqual(refused._tag, "ApprovalRequired")
        assert.strictEqual(refused.code, "approval-required")
        assert.include(refused.message, "pnpm install\n  make 'db seed' 'it'\\''s'")
        assert.include(refused.hint, "--yes")
        assert.deepStrictEqual(yield* Ref.get(world.log), [])
        assert.isFalse(yield* provisioning.isApproved("/shop", commands))

        yield* provisioning.run({ ...request, approve: true })
        assert.isTrue(yield* provisioning.isApproved("/shop", commands))
        assert.isFalse(yield* provisioning.isApproved("/shop", [["rm", "-rf", "/"]]))
        yield* provisioning.run(request)
        const once = [`run pnpm install in ${worktree}`, `run make db seed it's in ${worktree}`]
        assert.deepStrictEqual(yield* Ref.get(world.log), [...once, ...once])
      }).pipe(Effect.provide(world.layer))
    }))

  it.effect("the first command that fails is the last that runs", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld({
        run: ({ command, directory }) =>
          command[0] === "false"
            ? new CommandFailed({ command: [...command], directory, exitCode: 1, output: "" })
            : Effect.succeed("")
      })
      yield* Effect.gen(function*() {
        const provisioning = yield* Provisioning
        const commands = [["true"], ["false"], ["after"]] as const
        const failed = yield* Effect.flip(
          provisioning.run({ repository: "/shop", worktree, commands, approve: true })
        )
        assert.strictEqual(failed._tag, "CommandFailed")
        assert.lengthOf(yield* Ref.get(world.log), 2)
      }).pipe(Effect.provide(world.layer))
    }))

  it.effect("remembers a setup that failed until it ends well, and tells no secret that it printed", () =>
    Effect.gen(function*() {
      const broken = yield* Ref.make(true)
      const told = yield* Ref.make<ReadonlyArray<string>>([])
      const world = yield* makeWorld({
        files: { [`${worktree}/.env.secrets`]: "TOKEN=hush-1\n" },
        run: Effect.fnUntraced(function*({ command, directory, onLine }) {
          yield* onLine?.("with hush-1") ?? Effect.void
          if (!(yield* Ref.get(broken))) return ""
          return yield* new CommandFailed({ command: [...command], directory, exitCode: 1, output: "bad hush-1" })
        })
      })
      yield* Effect.gen(function*() {
        const provisioning = yield* Provisioning
        const onLine = (line: string) => Ref.update(told, (lines) => [...lines, line])
        const request = { repository: "/shop", worktree, commands: [["prepare"]] as const, sandbox: true, onLine }
        assert.strictEqual((yield* Effect.flip(provisioning.setUp(request)))._tag, "ApprovalRequired")
        assert.isFalse(yield* provisioning.needsSetup(worktree))

        const failed = yield* Effect.flip(provisioning.setUp({ ...request, approve: true }))
        assert.strictEqual(failed._tag, "SetupFailed")
        assert.include(failed.message, `Worktree preserved at ${worktree}`)
        assert.include(failed.message, "bad <TOKEN>")
        assert.include(failed.hint, "slipway sandbox start")
        assert.isTrue(yield* provisioning.needsSetup(worktree))

        yield* Ref.set(broken, false)
        yield* provisioning.setUp(request)
        assert.isFalse(yield* provisioning.needsSetup(worktree))
        assert.deepStrictEqual(yield* Ref.get(told), ["with <TOKEN>", "with <TOKEN>"])
      }).pipe(Effect.provide(world.layer))
    }))

  it.effect("names a file for which there is no place", () =>
    Effect.gen(function*() {
      const world = yield* makeWorld({ files: { "/shop/own.json": "{}", [`${worktree}/config`]: "a file" } })
      const { missing, placed } = yield* provision(config({ files: { "config/own.json": "own.json" } })).pipe(
        Effect.provide(world.layer)
      )
      assert.deepStrictEqual(placed, [])
      assert.deepStrictEqual(missing, [`file config/own.json: a file or link is in its way in ${worktree}`])
    }))
})
