import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { dataOf, errorOf } from "../testing/Envelopes.ts"
import { recordingImpl } from "../testing/RecordingImpl.ts"
import { here, runCommandLine } from "../testing/RunCommandLine.ts"
import * as Samples from "../testing/Samples.ts"

describe("impl and spec", () => {
  it.effect("pass every flag on", () =>
    Effect.gen(function*() {
      const { requests, services } = recordingImpl()
      const flags = ["--reuse", "--no-sandbox", "--require-healthy", "--offline", "-y", "-C", "/else/where"]
      yield* runCommandLine(["impl", "auth/M1", ...flags], { services })
      assert.deepStrictEqual(requests, [{
        kind: "impl",
        name: "auth/M1",
        directory: "/else/where",
        reuse: true,
        sandbox: false,
        requireHealthy: true,
        offline: true,
        approve: true
      }])
    }))

  it.effect("ask for nothing that was not asked for", () =>
    Effect.gen(function*() {
      const { requests, services } = recordingImpl()
      yield* runCommandLine(["impl", "auth"], { services })
      assert.deepStrictEqual(requests, [{
        kind: "impl",
        name: "auth",
        directory: here,
        reuse: false,
        sandbox: true,
        requireHealthy: false,
        offline: false,
        approve: false
      }])
    }))

  it.effect("answer on stdout and warn on stderr", () =>
    Effect.gen(function*() {
      const { exitCode, stderr, stdout } = yield* runCommandLine(["impl", "auth/M1"], {
        services: recordingImpl().services
      })
      assert.strictEqual(exitCode, 0)
      for (const part of ["auth/M1", "/code/shop-impl-auth-M1", "impl/auth-M1", "http://localhost:8083 (API_PORT)"]) {
        assert.include(stdout, part)
      }
      assert.deepStrictEqual(stderr.split("\n"), [
        "! slot 1 skipped: port 8081 (API_PORT) is in use",
        "! offline: the branch starts from what is there",
        "! port 81 has no variable"
      ])
    }))

  it.effect("give one envelope with what applies", () =>
    Effect.gen(function*() {
      const made = yield* runCommandLine(["impl", "auth/M1", "--json"], { services: recordingImpl().services })
      assert.strictEqual(made.stderr, "")
      assert.deepInclude(dataOf(made, "impl"), { dryRun: false, milestone: "M1", branch: "impl/auth-M1" })

      const { services } = recordingImpl(() => Effect.succeed(Samples.specResult))
      const spec = dataOf(yield* runCommandLine(["spec", "auth", "--json"], { services }), "spec")
      assert.doesNotHaveAnyKeys(spec, ["milestone", "milestoneFile", "slot", "sandbox"])
    }))

  it.effect("show the plan as the answer of a dry run", () =>
    Effect.gen(function*() {
      const { services } = recordingImpl(() => Effect.die("a dry run changes nothing"))
      const text = yield* runCommandLine(["impl", "auth/M1", "--dry-run"], { services })
      assert.include(text.stdout, "1. claim slot 3 (slot 1 is taken)")
      assert.include(text.stdout, "API_PORT=8083")
      const json = yield* runCommandLine(["impl", "auth/M1", "--dry-run", "--json"], { services })
      assert.deepInclude(dataOf(json, "impl"), { dryRun: true, slot: { number: 3, ports: { API_PORT: 8083 } } })
    }))
})

describe("consent", () => {
  const asking = () =>
    recordingImpl(({ approve }) =>
      approve === true ? Effect.succeed(Samples.implResult) : Effect.fail(Samples.problem("approval-required") as never)
    )

  it.effect("is asked for on a terminal, and then the work goes on", () =>
    Effect.gen(function*() {
      const { requests, services } = asking()
      const outcome = yield* runCommandLine(["impl", "auth/M1"], { services, replies: ["yes"] })
      assert.strictEqual(outcome.exitCode, 0)
      assert.strictEqual(outcome.questions.length, 1)
      assert.include(outcome.stderr, "this is approval-required")
      assert.deepStrictEqual(requests.map(({ approve }) => approve), [false, true])
    }))

  it.effect("is refused by anything but yes", () =>
    Effect.gen(function*() {
      for (const reply of ["", "n", "yessir"]) {
        const { requests, services } = asking()
        const outcome = yield* runCommandLine(["impl", "auth/M1"], { services, replies: [reply] })
        assert.strictEqual(outcome.exitCode, 4)
        assert.strictEqual(requests.length, 1)
      }
    }))

  it.effect("is not asked for without a terminal or for a program: the flag is named", () =>
    Effect.gen(function*() {
      const piped = yield* runCommandLine(["impl", "auth/M1"], { services: asking().services })
      assert.strictEqual(piped.exitCode, 4)
      assert.include(piped.stderr, "--yes")
      const json = yield* runCommandLine(["impl", "auth/M1", "--json"], {
        services: asking().services,
        replies: ["yes"]
      })
      assert.deepStrictEqual(json.questions, [])
      assert.include(errorOf(json).hint, "--yes")
    }))

  it.effect("is given by --yes", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["impl", "auth/M1", "--yes"], { services: asking().services })
      assert.strictEqual(outcome.exitCode, 0)
    }))
})
