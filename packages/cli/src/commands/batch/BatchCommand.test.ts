import { assert, describe, it } from "@effect/vitest"
import { type Batches, BatchInvalid, type BatchRequest, RunExists, RunMissing } from "@slipway/core"
import { Deferred, Effect, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { setImmediate } from "node:timers/promises"
import { BatchEventSchema } from "../../schemas/BatchSchema.ts"
import * as Samples from "../../testing/BatchSamples.ts"
import { dataOf, errorOf } from "../../testing/Envelopes.ts"
import { type FakeServices, here, runCommandLine } from "../../testing/RunCommandLine.ts"

const batches = (service: Partial<Batches["Service"]>): FakeServices => ({ batches: service })

/** A service whose run has these events and ends in such a way. */
const running = (report = Samples.partlyFailed, events = Samples.events) => {
  const requests: Array<readonly [BatchRequest, "Task" | undefined]> = []
  const services = batches({
    plan: (request, kind) => Effect.sync(() => (requests.push([request, kind]), Samples.plan)),
    run: (request, kind) => (requests.push([request, kind]), Stream.fromIterable(events)),
    status: () => Effect.succeed(report)
  })
  return { requests, services }
}

const run = ["batch", "run", "-f", "update.yaml"]

describe("batch run", () => {
  it.effect("hands over what flags say, and nothing of what they do not", () =>
    Effect.gen(function*() {
      const { requests, services } = running()
      yield* runCommandLine(run, { services })
      const flags = `task run -f a.yaml --file - --from-dir values update --name mine
        -n team --runner docker --max-parallel 8 --max-failures 10% --fail-fast
        --timeout 1h --task-timeout=90s --retry 2 --publish branch --host gitlab
        --keep-workspaces -- ./agent.sh -f --json`
      yield* runCommandLine(flags.split(/\s+/u), { services })
      assert.deepStrictEqual(requests, [
        [{ directory: here, files: ["update.yaml"] }, undefined],
        [{
          directory: here,
          files: ["a.yaml", "-"],
          fromDirectories: ["values"],
          select: "update",
          name: "mine",
          namespace: "team",
          runner: "docker",
          maxParallel: 8,
          maxFailures: "10%",
          failFast: true,
          timeout: "1h",
          taskTimeout: "90s",
          retry: 2,
          publish: "branch",
          host: "gitlab",
          command: ["./agent.sh", "-f", "--json"],
          keepWorkspaces: true
        }, "Task"]
      ])
    }))

  it.effect("takes a program after -- for no name of a batch", () =>
    Effect.gen(function*() {
      const { requests, services } = running()
      yield* runCommandLine([...run, "--max-failures", "3", "--", "true"], { services })
      assert.deepStrictEqual(requests[0]?.[0], {
        directory: here,
        files: ["update.yaml"],
        maxFailures: 3,
        command: ["true"]
      })
    }))

  it.effect.each([
    { args: ["batch", "run"], says: "nothing says what to run" },
    { args: [...run, "--max-failures", "ten"], says: "--max-failures" },
    { args: [...run, "--max-failures", "101%"], says: "--max-failures" },
    { args: [...run, "--max-parallel", "0"], says: "--max-parallel" },
    { args: [...run, "--command", "claude", "--", "codex"], says: "given twice" },
    { args: [...run, "--publish", "always"], says: "--publish" },
    { args: [...run, "one", "two"], says: "\"two\"" }
  ])("refuses $args", ({ args, says }) =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine([...args, "--json"].toSorted((one) => one === "--json" ? -1 : 0), {
        services: running().services
      })
      assert.strictEqual(outcome.exitCode, 2)
      assert.include(errorOf(outcome).message, says)
    }))

  it.effect("tells each task as it ends, and then how all stands", () =>
    Effect.gen(function*() {
      const { services } = running()
      const { exitCode, stderr, stdout } = yield* runCommandLine(run, { services })
      assert.strictEqual(exitCode, 1)
      const lines = stderr.split("\n")
      assert.include(lines, "update-x7k2p: 3 tasks")
      assert.include(lines, "! task.md is given twice")
      assert.include(lines, "▸ update-x7k2p-task-0 service-a started")
      assert.include(lines, "✓ update-x7k2p-task-0 service-a 12.3 s +10 −2 (1 commit)")
      assert.include(lines, "✓ update-x7k2p-task-1 service-b 12.3 s no changes")
      assert.include(
        lines,
        "✗ update-x7k2p-task-2 service-c 12.3 s ExitCode 3 · log: slipway batch logs update-x7k2p 2 --attempt 1"
      )
      assert.include(stdout, "✗ update-x7k2p failed: 2 of 3 tasks well, 1 not in 3 min 2 s")
      assert.include(stdout, "↳ `slipway batch retry update-x7k2p` runs 1 task again")
    }))

  it.effect("draws a table on a terminal, and takes it away", () =>
    Effect.gen(function*() {
      const { services } = running()
      const outcome = yield* runCommandLine(run, { services, isTerminal: true })
      assert.strictEqual(outcome.statuses.at(-1), null)
      assert.notInclude(outcome.stderr, "started")
    }))

  it.effect("is one document with --json, well or not", () =>
    Effect.gen(function*() {
      const failed = yield* runCommandLine([...run, "--json"], { services: running().services })
      assert.deepStrictEqual([failed.exitCode, failed.stderr], [1, ""])
      const data = dataOf(failed, "batch-run")
      assert.deepInclude(data, { dryRun: false, interrupted: false, phase: "Failed", state: "finished" })
      const well = yield* runCommandLine([...run, "--json"], { services: running(Samples.allWell).services })
      assert.strictEqual(well.exitCode, 0)
      assert.deepInclude(dataOf(well, "batch-run"), { phase: "Succeeded" })
    }))

  it.effect("is a line for each event with --events jsonl", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine([...run, "--events", "jsonl"], { services: running().services })
      assert.strictEqual(outcome.exitCode, 1)
      const lines = outcome.stdout.split("\n").map((line): unknown => JSON.parse(line))
      const decode = Schema.decodeUnknownSync(BatchEventSchema, { onExcessProperty: "error" })
      assert.deepStrictEqual(lines.map((line) => decode(line).event), [
        "run-started",
        ...Array.from({ length: 3 }, () => ["attempt-started", "agent-started", "attempt-finished"]).flat(),
        "progress",
        "run-finished"
      ])
      const both = yield* runCommandLine([...run, "--events", "jsonl", "--json"], { services: running().services })
      assert.strictEqual(both.exitCode, 2)
    }))

  it.effect("tells a failure as an event, too", () =>
    Effect.gen(function*() {
      const services = batches({ run: () => Stream.fail(new RunExists({ run: "mine" })) })
      const outcome = yield* runCommandLine([...run, "--events", "jsonl"], { services })
      assert.strictEqual(outcome.exitCode, 5)
      const line = Schema.decodeUnknownSync(BatchEventSchema)(JSON.parse(outcome.stdout))
      assert.deepInclude(line, { event: "failed" })
      assert.include(outcome.stderr, "there is a run mine already")
    }))

  it.effect("changes nothing in a dry run", () =>
    Effect.gen(function*() {
      const { services } = running()
      const text = yield* runCommandLine([...run, "--dry-run"], { services })
      assert.strictEqual(text.exitCode, 0)
      assert.include(text.stdout, "update-x7k2p: 3 tasks would run; nothing was started")
      assert.include(text.stdout, "service-b")
      const json = yield* runCommandLine([...run, "--dry-run", "--json"], { services })
      assert.deepInclude(dataOf(json, "batch-run"), { dryRun: true, name: "update-x7k2p" })
      const plan = yield* runCommandLine(["batch", "plan", "-f", "update.yaml", "--json"], { services })
      assert.deepInclude(dataOf(plan, "batch-plan"), { dryRun: true, name: "update-x7k2p" })
    }))

  it.effect("names all faults of the files", () =>
    Effect.gen(function*() {
      const fault = { source: "update.yaml", line: 3, resource: "Batch/update", path: "spec", message: "is missing" }
      const services = batches({
        plan: () => Effect.fail(new BatchInvalid({ faults: [fault, { ...fault, line: null }] }))
      })
      const outcome = yield* runCommandLine(["batch", "plan", "-f", "update.yaml"], { services })
      assert.strictEqual(outcome.exitCode, 2)
      assert.include(outcome.stderr, "update.yaml:3: Batch/update: spec: is missing")
    }))
})

describe("an interruption", () => {
  const signal = { exitCode: 130, message: "interrupted" }
  /** Begins, runs until it is stopped, and then takes its time. */
  const endless = (report = Samples.stopped) => {
    const stopped: Array<string> = []
    const begun = Deferred.makeUnsafe<void>()
    const services = batches({
      run: () =>
        Stream.concat(
          Stream.make(Samples.runStarted),
          Stream.fromEffect(
            Effect.andThen(Deferred.succeed(begun, undefined), Effect.never).pipe(
              Effect.onInterrupt(() => Effect.sync(() => stopped.push("agents")))
            )
          )
        ),
      status: () => Effect.succeed(report)
    })
    // It comes after the run was told of.
    return { stopped, services, stopSignal: Effect.as(Deferred.await(begun), signal) }
  }

  it.effect("stops agents, and says how the run stands and goes on", () =>
    Effect.gen(function*() {
      const { services, stopSignal, stopped } = endless()
      const outcome = yield* runCommandLine(run, { services, stopSignal })
      assert.strictEqual(outcome.exitCode, 130)
      assert.deepStrictEqual(stopped, ["agents"])
      assert.include(outcome.stderr, "! interrupted: stopping agents; Ctrl-C again kills them now")
      assert.include(outcome.stdout, "update-x7k2p interrupted: 1 of 3 tasks well, 2 to do")
      assert.include(outcome.stdout, "↳ `slipway batch resume update-x7k2p` goes on with it")
    }))

  it.effect("is told in the document and as an event", () =>
    Effect.gen(function*() {
      const json = yield* runCommandLine([...run, "--json"], endless())
      assert.strictEqual(json.exitCode, 130)
      assert.deepInclude(dataOf(json, "batch-run"), { interrupted: true, state: "interrupted" })
      const events = yield* runCommandLine([...run, "--events", "jsonl"], endless())
      assert.strictEqual(events.exitCode, 130)
      const last = Schema.decodeUnknownSync(BatchEventSchema)(JSON.parse(events.stdout.split("\n").at(-1) ?? ""))
      assert.deepInclude(last, { event: "run-interrupted", run: "update-x7k2p" })
    }))

  it.effect("that comes when all is done changes nothing", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(run, endless(Samples.allWell))
      assert.strictEqual(outcome.exitCode, 0)
    }))
})

describe("batch resume, retry and cancel", () => {
  it.effect("go on with a run", () =>
    Effect.gen(function*() {
      const asked: Array<unknown> = []
      const services = batches({
        resume: (...args) => (asked.push(args), Stream.fromIterable(Samples.events)),
        retry: (...args) => (asked.push(args), Stream.fromIterable(Samples.events)),
        status: () => Effect.succeed(Samples.allWell)
      })
      for (
        const args of [
          ["resume", "update-x7k2p"],
          ["retry", "update-x7k2p"],
          ["retry", "update-x7k2p", "2", "service-a"],
          ["retry", "update-x7k2p", "--all"]
        ]
      ) {
        assert.strictEqual((yield* runCommandLine(["batch", ...args], { services })).exitCode, 0)
      }
      assert.deepStrictEqual(asked, [
        ["update-x7k2p"],
        ["update-x7k2p"],
        ["update-x7k2p", ["2", "service-a"]],
        ["update-x7k2p", ["0", "1", "2"]]
      ])
      const twice = yield* runCommandLine(["batch", "retry", "update-x7k2p", "2", "--all"], { services })
      assert.strictEqual(twice.exitCode, 2)
    }))

  it.effect.each([
    { args: ["resume"], report: Samples.stopped, titles: ["run update-x7k2p-task-1", "run update-x7k2p-task-2"] },
    { args: ["retry"], report: Samples.partlyFailed, titles: ["run update-x7k2p-task-2 again, attempt 2"] },
    { args: ["retry", "service-b"], report: Samples.allWell, titles: ["run update-x7k2p-task-1 again, attempt 2"] },
    {
      args: ["cancel"],
      report: Samples.stopped,
      titles: ["mark update-x7k2p-task-1 as cancelled", "mark update-x7k2p-task-2 as cancelled"]
    }
  ])(
    "$args --dry-run shows what would be done",
    ({ args: [name = "", ...rest], report, titles }) =>
      Effect.gen(function*() {
        const services = batches({ status: () => Effect.succeed(report) })
        const args = ["batch", name, "update-x7k2p", ...rest, "--dry-run"]
        const text = yield* runCommandLine(args, { services })
        for (const title of titles) assert.include(text.stdout, title)
        const command = name === "resume" ? "batch-resume" : name === "retry" ? "batch-retry" : "batch-cancel"
        const { steps } = dataOf(yield* runCommandLine([...args, "--json"], { services }), command)
        assert.lengthOf(Schema.decodeUnknownSync(Schema.Array(Schema.Unknown))(steps), titles.length)
      })
  )

  it.effect.each([
    { args: ["resume"], report: Samples.allWell, exitCode: 5 },
    { args: ["resume"], report: Samples.report([Samples.task(0, null)], "running"), exitCode: 5 },
    { args: ["retry"], report: Samples.allWell, exitCode: 5 },
    { args: ["retry", "7"], report: Samples.allWell, exitCode: 3 },
    { args: ["cancel"], report: Samples.allWell, exitCode: 5 }
  ])(
    "$args --dry-run refuses what cannot be",
    ({ args: [name = "", ...rest], exitCode, report }) =>
      Effect.gen(function*() {
        const services = batches({ status: () => Effect.succeed(report) })
        const outcome = yield* runCommandLine(["batch", name, "update-x7k2p", ...rest, "--dry-run"], { services })
        assert.strictEqual(outcome.exitCode, exitCode)
      })
  )

  it.effect("cancel gives how it stands when it has stopped", () =>
    Effect.gen(function*() {
      const services = batches({ cancel: () => Effect.succeed(Samples.partlyFailed) })
      const text = yield* runCommandLine(["batch", "cancel", "update-x7k2p"], { services })
      assert.strictEqual(text.exitCode, 0)
      const json = yield* runCommandLine(["batch", "cancel", "update-x7k2p", "--json"], { services })
      assert.deepInclude(dataOf(json, "batch-cancel"), { dryRun: false, state: "finished" })
    }))
})

describe("batch status and list", () => {
  it.effect("status shows each task, the newest run when none is named", () =>
    Effect.gen(function*() {
      const asked: Array<unknown> = []
      const services = batches({
        status: (...args) => (asked.push(args), Effect.succeed(Samples.partlyFailed))
      })
      const text = yield* runCommandLine(["batch", "status"], { services })
      assert.strictEqual(text.exitCode, 0)
      assert.include(text.stdout, "ExitCode 3")
      const json = yield* runCommandLine(["batch", "status", "update-x7k2p", "--json"], { services })
      assert.deepInclude(dataOf(json, "batch-status"), { name: "update-x7k2p", phase: "Failed" })
      assert.deepStrictEqual(asked, [[], ["update-x7k2p"]])
    }))

  it.effect("status --yaml is the seed's resource", () =>
    Effect.gen(function*() {
      const services = batches({ status: () => Effect.succeed(Samples.partlyFailed) })
      const { stdout } = yield* runCommandLine(["batch", "status", "--yaml"], { services })
      const lines = stdout.split("\n")
      assert.deepStrictEqual(lines.slice(0, 2), ["apiVersion: kubetask.io/v1alpha1", "kind: BatchRun"])
      for (const line of ["  batchRef: update", "  phase: Failed", "      jobName: update-x7k2p-task-0"]) {
        assert.include(lines, line)
      }
    }))

  it.effect("status -f finds the newest run of a batch whose runs have made-up names", () =>
    Effect.gen(function*() {
      const services = batches({
        plan: () => Effect.succeed({ ...Samples.plan, snapshot: { ...Samples.snapshot, name: "update-00000" } }),
        status: (name = "") =>
          name === "update-x7k2p"
            ? Effect.succeed(Samples.partlyFailed)
            : Effect.fail(new RunMissing({ run: name, meant: null })),
        list: Effect.succeed([
          { ...Samples.entry(Samples.partlyFailed), name: "update-older" },
          Samples.entry(Samples.partlyFailed),
          { name: "broken", report: null, problem: "damaged" }
        ])
      })
      const outcome = yield* runCommandLine(["batch", "status", "-f", "update.yaml"], { services })
      assert.strictEqual(outcome.exitCode, 0)
    }))

  it.effect("a run that is not there is exit code 3", () =>
    Effect.gen(function*() {
      const services = batches({
        status: (name = "") => Effect.fail(new RunMissing({ run: name, meant: "update-x7k2p" }))
      })
      const outcome = yield* runCommandLine(["batch", "status", "update", "--json"], { services })
      assert.strictEqual(outcome.exitCode, 3)
      assert.strictEqual(errorOf(outcome).code, "run-missing")
    }))

  it.effect("list shows runs that cannot be read, too", () =>
    Effect.gen(function*() {
      const services = batches({
        list: Effect.succeed([
          Samples.entry(Samples.partlyFailed),
          { name: "broken", report: null, problem: "damaged" }
        ])
      })
      const terminal = yield* runCommandLine(["batch", "list"], { services, isTerminal: true, columns: 100 })
      assert.include(terminal.stdout, "↳ damaged")
      const json = yield* runCommandLine(["batch", "list", "--json"], { services })
      assert.lengthOf(Schema.decodeUnknownSync(Schema.Array(Schema.Unknown))(dataOf(json, "batch-list")["runs"]), 2)
      const names = yield* runCommandLine(["__names", "runs"], { services })
      assert.strictEqual(names.stdout, "update-x7k2p\nbroken")
    }))
})

describe("batch logs", () => {
  const bytes = (...pieces: ReadonlyArray<string>) =>
    Stream.fromIterable(pieces.map((piece) => new TextEncoder().encode(piece)))

  it.effect("passes bytes through, also half a character", () =>
    Effect.gen(function*() {
      const services = batches({
        status: () => Effect.succeed(Samples.partlyFailed),
        logs: (request) => {
          assert.deepStrictEqual(request, { name: "update-x7k2p", task: "2", attempt: 1, tail: 5 })
          return Stream.make(new Uint8Array([0xe2, 0x82]), new Uint8Array([0xff, 0x0a]))
        }
      })
      const args = ["batch", "logs", "update-x7k2p", "service-c", "--attempt", "1", "-n5"]
      const outcome = yield* runCommandLine(args, { services })
      assert.deepStrictEqual([...outcome.bytes], [0xe2, 0x82, 0xff, 0x0a])
      assert.strictEqual(outcome.stdout, "")
    }))

  it.effect("shows all tasks in turn, headed apart from what they printed", () =>
    Effect.gen(function*() {
      const services = batches({
        status: () => Effect.succeed(Samples.partlyFailed),
        logs: ({ task }) => bytes(`log ${task}\nof two lines`)
      })
      const outcome = yield* runCommandLine(["batch", "logs", "update-x7k2p"], { services })
      assert.include(outcome.stderr, "==> update-x7k2p-task-1 <==")
      assert.notInclude(new TextDecoder().decode(outcome.bytes), "==>")
      const json = yield* runCommandLine(["batch", "logs", "update-x7k2p", "1", "--json"], { services })
      assert.deepStrictEqual(dataOf(json, "batch-logs")["lines"], [
        { task: "update-x7k2p-task-1", index: 1, text: "log 1" },
        { task: "update-x7k2p-task-1", index: 1, text: "of two lines" }
      ])
    }))

  it.effect("follows all that run, each line behind its task's name", () =>
    Effect.gen(function*() {
      let looks = 0
      const first = Samples.task(0, null)
      const begun = { ...first, standing: { ...first.standing, phase: "Running" as const, attempt: 1 } }
      const services = batches({
        status: () =>
          Effect.sync(() => Samples.report([begun, Samples.task(1, null)], ++looks < 3 ? "running" : "finished")),
        logs: () => bytes("one\ntw", "o\nthree")
      })
      // The clock goes on whenever nothing else is to be done: the command's module has to be loaded first.
      const time = Effect.forever(Effect.andThen(TestClock.adjust("1 second"), Effect.promise(() => setImmediate())))
      const outcome = yield* Effect.raceFirst(
        runCommandLine(["batch", "logs", "update-x7k2p", "-f"], { services }),
        time
      )
      assert.strictEqual(
        new TextDecoder().decode(outcome.bytes),
        ["one", "two", "three"].map((line) => `update-x7k2p-task-0 | ${line}\n`).join("")
      )
    }))

  it.effect.each([
    { args: ["-f", "--json"], exitCode: 2 },
    { args: ["--attempt", "2"], exitCode: 2 },
    { args: ["7"], exitCode: 3 }
  ])("refuses $args", ({ args, exitCode }) =>
    Effect.gen(function*() {
      const services = batches({ status: () => Effect.succeed(Samples.partlyFailed) })
      const outcome = yield* runCommandLine(["batch", "logs", "update-x7k2p", ...args], { services })
      assert.strictEqual(outcome.exitCode, exitCode)
    }))
})
