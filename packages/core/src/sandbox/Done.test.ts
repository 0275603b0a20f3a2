import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Ref } from "effect"
import { OperationListener } from "../operation/Operations.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { Slots } from "../slot/Slots.ts"
import { MemoryCommandRequests, type MemoryProgram } from "../testing/MemoryCommands.ts"
import { MemoryEngine } from "../testing/MemoryEngine.ts"
import { commitInMemory, MemoryRepositories } from "../testing/MemoryGit.ts"
import { shop, shopLayer, shopWorktree, whileTimePasses } from "../testing/SampleShop.ts"
import { Git } from "../worktree/Git.ts"
import { Done } from "./Done.ts"
import type { DoneRequest } from "./DonePlan.ts"
import { Impl } from "./Impl.ts"

const impl = (name = "auth/M1") =>
  whileTimePasses(Impl.use((service) => service.run({ directory: shop, kind: "impl", name })))

const done = (changes: Partial<DoneRequest> = {}) =>
  Done.use((service) => service.run({ directory: shop, name: "auth-M1", ...changes }))

const write = (path: string, content: string) => ProjectFiles.use((files) => files.write(path, content))
const kindOf = (path: string) => ProjectFiles.use((files) => files.kind(path))
const slots = Slots.use((service) => service.all)
const engineState = Effect.flatMap(MemoryEngine, (engine) => engine.state)
const branches = Effect.gen(function*() {
  const repository = (yield* Ref.get(yield* MemoryRepositories)).get(shop)
  return [...repository?.refs.keys() ?? []].filter((ref) => ref.startsWith("refs/heads/"))
})

const assertWithoutTrace = Effect.gen(function*() {
  assert.isNull(yield* kindOf(shopWorktree))
  assert.isNull(yield* kindOf("/home/ada/.devops-ai/slots/shop-1"))
  assert.deepStrictEqual(yield* slots, [])
  assert.deepStrictEqual(yield* branches, ["refs/heads/main"])
  const { containers, networks, volumes } = yield* engineState
  assert.deepStrictEqual(containers, [])
  assert.deepStrictEqual(networks.map(({ name }) => name), ["devops-ai-observability"])
  assert.deepStrictEqual(volumes, [])
})

describe("done", () => {
  it.effect("leaves no trace, and another feature can follow", () =>
    Effect.gen(function*() {
      yield* impl()
      const removed = yield* done()
      assert.deepInclude(removed, { worktree: shopWorktree, branch: "impl/auth-M1", branchKept: null, slot: 1 })
      yield* assertWithoutTrace
      assert.strictEqual((yield* impl()).slot?.slot_id, 1)
    }).pipe(Effect.provide(shopLayer())))

  it.effect("interrupted once the worktree is going, still takes its branch", () =>
    Effect.gen(function*() {
      yield* impl()
      const begun = yield* Deferred.make<void>()
      const running = yield* Effect.forkChild(
        done().pipe(
          Effect.provideService(OperationListener, ({ event }) =>
            event._tag === "StepStarted" && event.step === "remove-worktree"
              ? Effect.andThen(Deferred.succeed(begun, undefined), Effect.yieldNow)
              : Effect.void)
        )
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(running)
      yield* assertWithoutTrace
    }).pipe(Effect.provide(shopLayer())))

  it.effect("plans what it does, and changes nothing", () =>
    Effect.gen(function*() {
      yield* impl()
      const plan = yield* Done.use((service) => service.plan({ directory: shop, name: "auth-M1" }))
      assert.deepStrictEqual(plan.refusals, [])
      assert.deepStrictEqual(plan.steps.map(({ step }) => step), [
        "remove-containers",
        "remove-slot-folder",
        "release-slot",
        "remove-worktree",
        "delete-branch"
      ])
      assert.strictEqual(yield* kindOf(shopWorktree), "directory")
      assert.lengthOf(yield* slots, 1)
    }).pipe(Effect.provide(shopLayer())))

  it.effect("keeps volumes where that is asked for", () =>
    Effect.gen(function*() {
      yield* impl()
      yield* done({ keepVolumes: true })
      const { containers, volumes } = yield* engineState
      assert.deepStrictEqual(containers, [])
      assert.lengthOf(volumes, 1)
    }).pipe(Effect.provide(shopLayer())))

  describe("refuses to lose", () => {
    it.effect("uncommitted and untracked files, by their names; force removes them", () =>
      Effect.gen(function*() {
        yield* impl()
        yield* write(`${shopWorktree}/docker-compose.yml`, "services: {}")
        yield* write(`${shopWorktree}/notes.md`, "mine")
        const refusal = yield* Effect.flip(done())
        assert.strictEqual(refusal.code, "work-would-be-lost")
        assert.include(refusal.message, "Uncommitted changes detected: 1 file")
        assert.include(refusal.message, "docker-compose.yml")
        assert.include(refusal.message, "notes.md")
        assert.lengthOf((yield* engineState).containers, 2)
        assert.lengthOf(yield* slots, 1)
        yield* done({ force: true })
        yield* assertWithoutTrace
      }).pipe(Effect.provide(shopLayer())))

    it.effect("commits on no remote; forced, their branch is kept and said", () =>
      Effect.gen(function*() {
        yield* impl()
        yield* write(`${shopWorktree}/login.ts`, "export {}")
        yield* commitInMemory(shopWorktree, "Log in")
        const refusal = yield* Effect.flip(done())
        assert.strictEqual(refusal.code, "work-would-be-lost")
        assert.include(refusal.message, "Log in")
        const removed = yield* done({ force: true })
        assert.isNotNull(removed.branchKept)
        assert.deepStrictEqual(yield* branches, ["refs/heads/main", "refs/heads/impl/auth-M1"])
        assert.isNull(yield* kindOf(shopWorktree))
      }).pipe(Effect.provide(shopLayer())))
  })

  it.effect("names ignored files that go with the worktree", () =>
    Effect.gen(function*() {
      yield* impl()
      yield* write(`${shopWorktree}/.env.local`, "KEY=1")
      assert.include((yield* done()).warnings.join("\n"), ".env.local")
    }).pipe(Effect.provide(shopLayer())))

  it.effect("does not take a file that Slipway put there for work", () =>
    Effect.gen(function*() {
      yield* write(`${shop}/settings.local`, "debug = true")
      yield* impl()
      assert.strictEqual(yield* kindOf(`${shopWorktree}/settings.local`), "file")
      assert.deepStrictEqual((yield* done()).warnings, [])
    }).pipe(Effect.provide(shopLayer({ files: { [`${shop}/.worktreeinclude`]: "*.local\n" } }))))

  describe("with teardown commands", () => {
    const given = (program: MemoryProgram) =>
      shopLayer({
        files: {
          [`${shop}/.devops-ai/infra.toml`]: "[project]\nname = \"shop\"\n\n[worktree]\nteardown = [[\"clean\"]]\n"
        },
        programs: { clean: program }
      })

    const assertGone = Effect.gen(function*() {
      assert.isNull(yield* kindOf(shopWorktree))
      assert.deepStrictEqual(yield* branches, ["refs/heads/main"])
    })

    it.effect("asks before anything is taken down, and runs them in the worktree", () =>
      Effect.gen(function*() {
        yield* impl()
        const refused = yield* Effect.flip(done())
        assert.strictEqual(refused.code, "approval-required")
        assert.include(refused.hint, "--yes")
        assert.include(refused.hint, "--force")
        assert.strictEqual(yield* kindOf(shopWorktree), "directory")
        yield* done({ approve: true })
        yield* assertGone
        const requests = yield* Ref.get(yield* MemoryCommandRequests)
        assert.deepStrictEqual(requests.map(({ command, directory }) => [command, directory]), [[
          ["clean"],
          shopWorktree
        ]])
        yield* impl()
        yield* done()
      }).pipe(Effect.provide(given(() => ({})))))

    it.effect("keeps the worktree while they fail, so that a rerun can finish the work", () =>
      Effect.gen(function*() {
        yield* impl()
        const failed = yield* Effect.flip(done({ approve: true }))
        assert.strictEqual(failed.code, "teardown-incomplete")
        assert.include(failed.message, "cannot reach it")
        assert.strictEqual(yield* kindOf(shopWorktree), "directory")
        const forced = yield* done({ force: true })
        assert.include(forced.warnings.join("\n"), "cannot reach it")
        yield* assertGone
      }).pipe(Effect.provide(given(() => ({ exitCode: 1, stderr: "cannot reach it" })))))

    it.effect("goes on without them where that is forced", () =>
      Effect.gen(function*() {
        yield* impl()
        yield* done({ force: true })
        yield* assertGone
        assert.deepStrictEqual(yield* Ref.get(yield* MemoryCommandRequests), [])
      }).pipe(Effect.provide(given(() => ({})))))
  })

  describe("without an engine", () => {
    it.effect("keeps the slot claimed, and a rerun finishes the work", () =>
      Effect.gen(function*() {
        const engine = yield* MemoryEngine
        yield* impl()
        yield* engine.setAnswering(false)
        const failure = yield* Effect.flip(done())
        assert.strictEqual(failure.code, "teardown-incomplete")
        assert.include(failure.message, "remove-containers")
        assert.deepStrictEqual((yield* slots).map(({ slot_id }) => slot_id), [1])
        assert.strictEqual(yield* kindOf("/home/ada/.devops-ai/slots/shop-1"), "directory")
        assert.isNull(yield* kindOf(shopWorktree))

        yield* engine.setAnswering(true)
        yield* done()
        yield* assertWithoutTrace
      }).pipe(Effect.provide(shopLayer())))

    it.effect("gives the slot back where that is forced", () =>
      Effect.gen(function*() {
        yield* impl()
        yield* (yield* MemoryEngine).setAnswering(false)
        assert.strictEqual((yield* Effect.flip(done({ force: true }))).code, "teardown-incomplete")
        assert.deepStrictEqual(yield* slots, [])
      }).pipe(Effect.provide(shopLayer())))
  })

  it.effect("clears what is left of a worktree whose folder somebody deleted", () =>
    Effect.gen(function*() {
      yield* impl()
      yield* ProjectFiles.use((files) => files.remove(shopWorktree))
      yield* done()
      yield* assertWithoutTrace
    }).pipe(Effect.provide(shopLayer())))

  it.effect("finds containers by their label when the slot folder is gone", () =>
    Effect.gen(function*() {
      yield* impl()
      yield* ProjectFiles.use((files) => files.remove("/home/ada/.devops-ai/slots/shop-1"))
      yield* done()
      yield* assertWithoutTrace
    }).pipe(Effect.provide(shopLayer())))

  it.effect("deletes the branch that `git worktree remove` left, when its commits are safe", () =>
    Effect.gen(function*() {
      yield* impl()
      const git = yield* Git
      const repository = yield* git.repository(shop)
      yield* git.removeWorktree(repository, shopWorktree)
      const result = yield* done()
      assert.deepInclude(result, { branch: "impl/auth-M1", branchKept: null })
      assert.isNull(yield* git.branchHead(repository, "impl/auth-M1"))
      yield* assertWithoutTrace
    }).pipe(Effect.provide(shopLayer())))

  describe("names", () => {
    it.effect.each(["auth-M1", "auth/M1", "impl/auth-M1", "shop-impl-auth-M1", "auth"])(
      "%s",
      (name) =>
        Effect.gen(function*() {
          yield* impl()
          assert.strictEqual((yield* done({ name })).worktree, shopWorktree)
        }).pipe(Effect.provide(shopLayer()))
    )

    it.effect("a mere piece of a name asks first, and none is none", () =>
      Effect.gen(function*() {
        yield* impl()
        assert.strictEqual((yield* Effect.flip(done({ name: "uth" }))).code, "name-ambiguous")
        assert.strictEqual((yield* Effect.flip(done({ name: "billing" }))).code, "worktree-missing")
        assert.strictEqual(yield* kindOf(shopWorktree), "directory")
        yield* done({ name: "uth", approve: true })
      }).pipe(Effect.provide(shopLayer())))

    it.effect("a name that fits several is listed, from any folder", () =>
      Effect.gen(function*() {
        yield* impl("auth")
        yield* impl("billing")
        const refusal = yield* Effect.flip(done({ name: "impl", directory: "/" }))
        assert.strictEqual(refusal.code, "name-ambiguous")
        assert.include(refusal.message, "billing")
        assert.strictEqual((yield* done({ name: "billing", directory: "/" })).worktree, "/code/shop-impl-billing")
      }).pipe(Effect.provide(shopLayer())))
  })

  it.effect("does not pull a sandbox from under a living process that starts it", () =>
    Effect.gen(function*() {
      const refusal = yield* Effect.flip(done({ name: "shop-impl-auth-M1" }))
      assert.strictEqual(refusal.code, "work-would-be-lost")
      assert.include(refusal.message, "process 7 is still starting")
      assert.lengthOf(yield* slots, 1)
    }).pipe(Effect.provide(shopLayer({
      alive: [{ pid: 7, startedAt: "1" }],
      registry: JSON.stringify({
        version: 1,
        slots: {
          "1": {
            slot_id: 1,
            project: "shop",
            worktree_path: shopWorktree,
            slot_dir: "/home/ada/.devops-ai/slots/shop-1",
            ports: { API_PORT: 8001 },
            claimed_at: "2026-02-08T15:30:00Z",
            status: "starting",
            repository: shop,
            process: { pid: 7, startedAt: "1" }
          }
        }
      })
    }))))
})
