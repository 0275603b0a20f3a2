import { assert, describe, it } from "@effect/vitest"
import type { Sandboxes } from "@slipway/core"
import { Effect, Stream } from "effect"
import { dataOf, errorOf } from "../testing/Envelopes.ts"
import { type FakeServices, here, runCommandLine } from "../testing/RunCommandLine.ts"
import * as Samples from "../testing/Samples.ts"

describe("sandbox", () => {
  const sandboxes = (service: Partial<Sandboxes["Service"]>): FakeServices => ({ sandboxes: service })

  it.effect("start passes flags on and shows health", () =>
    Effect.gen(function*() {
      const services = sandboxes({
        start: (request) => {
          assert.deepStrictEqual(request, { directory: here, name: "auth-M1", approve: true, requireHealthy: true })
          return Effect.succeed(Samples.sandboxReport)
        }
      })
      const args = ["sandbox", "start", "auth-M1", "--require-healthy", "-y"]
      const text = yield* runCommandLine(args, { services })
      assert.include(text.stdout, "shop-slot-3")
      assert.include(text.stdout, "ready")
      assert.deepInclude(dataOf(yield* runCommandLine([...args, "--json"], { services }), "sandbox-start"), {
        dryRun: false,
        composeProject: "shop-slot-3"
      })
    }))

  it.effect("stop and restart change nothing in a dry run", () =>
    Effect.gen(function*() {
      const services = { overview: { status: () => Effect.succeed(Samples.worktreeStatus) } }
      const stop = yield* runCommandLine(["sandbox", "stop", "--dry-run"], { services })
      assert.include(stop.stdout, "stop api, job")
      const restart = yield* runCommandLine(["sandbox", "restart", "api", "--dry-run", "--json"], { services })
      assert.deepStrictEqual(dataOf(restart, "sandbox-restart")["steps"], [{ step: "restart", title: "restart api" }])
    }))

  it.effect("logs are told by service", () =>
    Effect.gen(function*() {
      const services = sandboxes({
        logs: (request) => {
          assert.deepInclude(request, { follow: false, tail: 20, services: ["web", "db"] })
          return Stream.make(
            { service: "web", stream: "stdout", text: "GET /" },
            { service: "db", stream: "stderr", text: "ready" }
          )
        }
      })
      const args = ["sandbox", "logs", "web", "db", "-n20"]
      assert.strictEqual((yield* runCommandLine(args, { services })).stdout, "web | GET /\ndb  | ready")
      const { lines } = dataOf(yield* runCommandLine([...args, "--json"], { services }), "sandbox-logs")
      assert.deepStrictEqual(lines, [
        { service: "web", stream: "stdout", text: "GET /" },
        { service: "db", stream: "stderr", text: "ready" }
      ])
    }))

  it.effect("logs that never end are no envelope", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["sandbox", "logs", "-f", "--json"], { services: sandboxes({}) })
      assert.strictEqual(outcome.exitCode, 2)
      assert.include(errorOf(outcome).message, "--follow")
    }))

  it.effect("exec gives the program's exit code", () =>
    Effect.gen(function*() {
      const requests: Array<unknown> = []
      const services = sandboxes({
        exec: (request) => {
          requests.push(request)
          return Effect.succeed(42)
        }
      })
      const args = ["sandbox", "exec", "web", "--name", "auth-M1", "--", "sh", "-c", "exit 42"]
      const text = yield* runCommandLine(args, { services, isTerminal: true })
      assert.deepStrictEqual([text.exitCode, text.stdout, text.stderr], [42, "", ""])
      const json = yield* runCommandLine(["--json", ...args], { services, isTerminal: true })
      assert.strictEqual(json.exitCode, 42)
      assert.deepStrictEqual(dataOf(json, "sandbox-exec"), { dryRun: false, exitCode: 42 })
      const request = { directory: here, name: "auth-M1", service: "web", command: ["sh", "-c", "exit 42"] }
      assert.deepStrictEqual(requests, [
        { ...request, terminal: true },
        { ...request, terminal: false, output: "stderr" }
      ])
    }))
})
