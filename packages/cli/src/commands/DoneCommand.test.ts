import { assert, describe, it } from "@effect/vitest"
import { ConfirmationNeeded, type Done } from "@slipway/core"
import { Effect } from "effect"
import { dataOf } from "../testing/Envelopes.ts"
import { type FakeServices, here, runCommandLine } from "../testing/RunCommandLine.ts"
import * as Samples from "../testing/Samples.ts"

describe("done", () => {
  const done = (run: Done["Service"]["run"]): FakeServices => ({
    done: { run, plan: () => Effect.succeed(Samples.donePlan) }
  })

  it.effect("takes the word behind a switch for the name", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["done", "--force", "1", "--keep-volumes", "--json"], {
        services: done((request) => {
          assert.deepStrictEqual(request, {
            name: "1",
            force: true,
            keepVolumes: true,
            approve: false,
            directory: here
          })
          return Effect.succeed(Samples.doneResult)
        })
      })
      assert.deepInclude(dataOf(outcome, "done"), { branchKept: "it is not merged", slot: 3 })
    }))

  it.effect("says why it would refuse", () =>
    Effect.gen(function*() {
      const services = done(() => Effect.die("a dry run changes nothing"))
      const text = yield* runCommandLine(["done", "auth-M1", "--dry-run"], { services })
      assert.strictEqual(text.exitCode, 0)
      assert.include(text.stdout, "✗ 2 uncommitted files")
      assert.include(text.stdout, "b.ts")
      assert.include(text.stdout, "--force")
      const data = dataOf(yield* runCommandLine(["done", "auth-M1", "--dry-run", "--json"], { services }), "done")
      assert.doesNotHaveAnyKeys(data, ["branch", "slot"])
    }))

  it.effect("asks about a name that fits only in part", () =>
    Effect.gen(function*() {
      const services = done(({ approve }) =>
        approve === true
          ? Effect.succeed(Samples.doneResult)
          : Effect.fail(new ConfirmationNeeded({ name: "1", match: "shop-impl-auth-M1" }))
      )
      const asked = yield* runCommandLine(["done", "1"], { services, replies: ["y"] })
      assert.strictEqual(asked.exitCode, 0)
      assert.strictEqual(asked.questions.length, 1)
      const piped = yield* runCommandLine(["done", "1"], { services })
      assert.strictEqual(piped.exitCode, 5)
      assert.include(piped.stderr, "--yes")
    }))

  it.effect("tells what became of the branch", () =>
    Effect.gen(function*() {
      const kept = yield* runCommandLine(["done", "x"], { services: done(() => Effect.succeed(Samples.doneResult)) })
      assert.include(kept.stdout, "impl/auth-M1 kept: it is not merged")
      assert.strictEqual(kept.stderr, "! one image is in use elsewhere")
      const gone = yield* runCommandLine(["done", "x"], {
        services: done(() => Effect.succeed({ ...Samples.doneResult, branchKept: null }))
      })
      assert.include(gone.stdout, "impl/auth-M1 deleted")
    }))
})
