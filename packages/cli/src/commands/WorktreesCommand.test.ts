import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { dataOf } from "../testing/Envelopes.ts"
import { type FakeServices, runCommandLine } from "../testing/RunCommandLine.ts"
import * as Samples from "../testing/Samples.ts"

describe("worktrees and status", () => {
  const services: FakeServices = {
    overview: {
      worktrees: () => Effect.succeed({ worktrees: [Samples.worktreeRow, Samples.orphanRow], warnings: ["no engine"] }),
      status: ({ name }) => Effect.succeed({ ...Samples.worktreeStatus, name: name ?? "here" })
    }
  }

  it.effect("are a table on a terminal, with problems below and hidden columns told", () =>
    Effect.gen(function*() {
      const wide = yield* runCommandLine(["ls"], { services, isTerminal: true, columns: 200 })
      const lines = wide.stdout.split("\n")
      assert.strictEqual(lines.length, 4)
      assert.match(lines[0] ?? "", /^PROJECT +NAME +SLOT +STATE +BRANCH +COMMITS +CHANGES +URLS$/u)
      assert.match(lines[1] ?? "", /^shop +auth-M1 +3 +running +impl\/auth-M1 +\+1 +2 +http:\/\/localhost:8083$/u)
      assert.include(lines[3] ?? "", "↳ its worktree is gone")
      assert.strictEqual(wide.stderr, "! no engine")

      const narrow = yield* runCommandLine(["worktrees"], { services, isTerminal: true, columns: 40 })
      assert.match(narrow.stdout.split("\n").at(-1) ?? "", /^hidden on 40 columns: .*urls/u)
    }))

  it.effect("are tab-separated in a pipe", () =>
    Effect.gen(function*() {
      const { stdout } = yield* runCommandLine(["worktrees"], { services })
      const rows = stdout.split("\n").map((line) => line.split("\t"))
      assert.deepStrictEqual(rows.map((row) => row.length), [8, 8, 8])
      assert.strictEqual(rows[2]?.[4], "(detached)")
    }))

  it.effect("tell unknown from absent", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["worktrees", "--json"], { services })
      const { worktrees } = dataOf(outcome, "worktrees")
      const [, orphan] = Schema.decodeUnknownSync(Schema.Array(Schema.Record(Schema.String, Schema.Unknown)))(worktrees)
      assert.strictEqual(orphan?.["changedFiles"], null)
      assert.doesNotHaveAnyKeys(orphan ?? {}, ["branch"])
    }))

  it.effect("say how to begin when there is nothing", () =>
    Effect.gen(function*() {
      const empty = { overview: { worktrees: () => Effect.succeed({ worktrees: [], warnings: [] }) } }
      const text = yield* runCommandLine(["worktrees"], { services: empty })
      assert.strictEqual(text.stdout, "")
      assert.include(text.stderr, "slipway impl")
      const json = yield* runCommandLine(["worktrees", "--json"], { services: empty })
      assert.deepStrictEqual(dataOf(json, "worktrees")["worktrees"], [])
    }))

  it.effect("show one worktree in detail", () =>
    Effect.gen(function*() {
      const { stdout } = yield* runCommandLine(["status", "auth-M1"], { services })
      for (const part of ["shop auth-M1", "slot 3", "2 h", "a.ts (modified)", "running healthy", "(81/udp)"]) {
        assert.include(stdout, part)
      }
      const data = dataOf(yield* runCommandLine(["status", "--json"], { services }), "status")
      assert.strictEqual(data["name"], "here")
    }))

  it.effect("give names to completion scripts, and none when it fails", () =>
    Effect.gen(function*() {
      const names = yield* runCommandLine(["__names", "worktrees"], { services })
      assert.strictEqual(names.stdout, "auth-M1\npay-M2")
      const ofServices = yield* runCommandLine(["__names", "services", "--name", "auth-M1"], { services })
      assert.strictEqual(ofServices.stdout, "api\njob")
      const failing = { overview: { worktrees: () => Effect.fail(Samples.problem("registry-corrupt") as never) } }
      const none = yield* runCommandLine(["__names", "worktrees"], { services: failing })
      assert.deepStrictEqual([none.exitCode, none.stdout, none.stderr], [0, "", ""])
    }))
})
