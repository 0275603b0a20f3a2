import { assert, describe, it } from "@effect/vitest"
import {
  Doctor,
  type DoctorReport,
  Done,
  exitCodeOf,
  Impl,
  type ImplRequest,
  Overview,
  type ProblemCode,
  problemCodes,
  Sandboxes
} from "@slipway/core"
import { Effect, Layer, Schema, Stream } from "effect"
import { type EnvelopeCommand, envelopeSchema } from "./schemas/OutputSchemas.ts"
import { here, type Outcome, runCommandLine } from "./testing/RunCommandLine.ts"
import * as Samples from "./testing/Samples.ts"
import { version } from "./Version.ts"

/** The envelope of an outcome, checked against the published schema. */
const envelopeOf = (outcome: Outcome, command: EnvelopeCommand): unknown => {
  const envelope: unknown = JSON.parse(outcome.stdout)
  Schema.decodeUnknownSync(envelopeSchema(command) as Schema.Codec<unknown>, { onExcessProperty: "error" })(envelope)
  return envelope
}

const dataOf = (outcome: Outcome, command: EnvelopeCommand): Readonly<Record<string, unknown>> =>
  Schema.decodeUnknownSync(Schema.Struct({ data: Schema.Record(Schema.String, Schema.Unknown) }))(
    envelopeOf(outcome, command)
  ).data

const errorOf = (outcome: Outcome): Readonly<Record<"code" | "message" | "hint", string>> =>
  Schema.decodeUnknownSync(
    Schema.fromJsonString(Schema.Struct({
      schema: Schema.String,
      ok: Schema.Literal(false),
      error: Schema.Struct({ code: Schema.String, message: Schema.String, hint: Schema.String })
    }))
  )(outcome.stdout).error

/** An `Impl` that keeps what it is asked. */
const recordingImpl = (run: Impl["Service"]["run"] = () => Effect.succeed(Samples.implResult)) => {
  const requests: Array<ImplRequest> = []
  const layer = Layer.succeed(
    Impl,
    Impl.of({
      plan: (request) => Effect.sync(() => (requests.push(request), Samples.implPlan)),
      run: (request) => Effect.andThen(Effect.sync(() => requests.push(request)), run(request))
    })
  )
  return { requests, layer }
}

describe("impl and spec", () => {
  it.effect("pass every flag on", () =>
    Effect.gen(function*() {
      const { layer, requests } = recordingImpl()
      const flags = ["--reuse", "--no-sandbox", "--require-healthy", "--offline", "-y", "-C", "/else/where"]
      yield* runCommandLine(["impl", "auth/M1", ...flags], { services: layer })
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
      const { layer, requests } = recordingImpl()
      yield* runCommandLine(["impl", "auth"], { services: layer })
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
        services: recordingImpl().layer
      })
      assert.strictEqual(exitCode, 0)
      for (const part of ["auth/M1", "/work/shop-impl-auth-M1", "impl/auth-M1", "http://localhost:8083 (API_PORT)"]) {
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
      const made = yield* runCommandLine(["impl", "auth/M1", "--json"], { services: recordingImpl().layer })
      assert.strictEqual(made.stderr, "")
      assert.deepInclude(dataOf(made, "impl"), { dryRun: false, milestone: "M1", branch: "impl/auth-M1" })

      const { layer } = recordingImpl(() => Effect.succeed(Samples.specResult))
      const spec = dataOf(yield* runCommandLine(["spec", "auth", "--json"], { services: layer }), "spec")
      assert.doesNotHaveAnyKeys(spec, ["milestone", "milestoneFile", "slot", "sandbox"])
    }))

  it.effect("show the plan as the answer of a dry run", () =>
    Effect.gen(function*() {
      const { layer } = recordingImpl(() => Effect.die("a dry run changes nothing"))
      const text = yield* runCommandLine(["impl", "auth/M1", "--dry-run"], { services: layer })
      assert.include(text.stdout, "1. claim slot 3 (slot 1 is taken)")
      assert.include(text.stdout, "API_PORT=8083")
      const json = yield* runCommandLine(["impl", "auth/M1", "--dry-run", "--json"], { services: layer })
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
      const { layer, requests } = asking()
      const outcome = yield* runCommandLine(["impl", "auth/M1"], { services: layer, replies: ["yes"] })
      assert.strictEqual(outcome.exitCode, 0)
      assert.strictEqual(outcome.questions.length, 1)
      assert.include(outcome.stderr, "this is approval-required")
      assert.deepStrictEqual(requests.map(({ approve }) => approve), [false, true])
    }))

  it.effect("is refused by anything but yes", () =>
    Effect.gen(function*() {
      for (const reply of ["", "n", "yessir"]) {
        const { layer, requests } = asking()
        const outcome = yield* runCommandLine(["impl", "auth/M1"], { services: layer, replies: [reply] })
        assert.strictEqual(outcome.exitCode, 4)
        assert.strictEqual(requests.length, 1)
      }
    }))

  it.effect("is not asked for without a terminal or for a program: the flag is named", () =>
    Effect.gen(function*() {
      const piped = yield* runCommandLine(["impl", "auth/M1"], { services: asking().layer })
      assert.strictEqual(piped.exitCode, 4)
      assert.include(piped.stderr, "--yes")
      const json = yield* runCommandLine(["impl", "auth/M1", "--json"], { services: asking().layer, replies: ["yes"] })
      assert.deepStrictEqual(json.questions, [])
      assert.include(errorOf(json).hint, "--yes")
    }))

  it.effect("is given by --yes", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["impl", "auth/M1", "--yes"], { services: asking().layer })
      assert.strictEqual(outcome.exitCode, 0)
    }))
})

describe("failures", () => {
  it.effect("have the exit code of the one table, text on stderr and nothing on stdout", () =>
    Effect.forEach(Object.keys(problemCodes) as Array<ProblemCode>, (code) =>
      Effect.gen(function*() {
        const problem = Samples.problem(code)
        const { layer } = recordingImpl(() => Effect.fail(problem as never))
        const outcome = yield* runCommandLine(["impl", "x", "--yes"], { services: layer })
        assert.strictEqual(outcome.exitCode, exitCodeOf(problem))
        assert.strictEqual(outcome.stdout, "")
        assert.strictEqual(outcome.stderr, `✗ this is ${code}\n↳ try something else`)
      }), { discard: true }))

  it.effect("are an envelope for programs", () =>
    Effect.gen(function*() {
      const { layer } = recordingImpl(() => Effect.fail(Samples.problem("branch-exists") as never))
      const outcome = yield* runCommandLine(["impl", "x", "--json"], { services: layer })
      assert.strictEqual(outcome.exitCode, 5)
      assert.deepStrictEqual(envelopeOf(outcome, "impl"), {
        schema: "slipway/impl/v1",
        ok: false,
        error: { code: "branch-exists", message: "this is branch-exists", hint: "try something else" }
      })
    }))

  it.effect("tell of a folder that is not there", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["-C", "/missing", "impl", "x"], { services: recordingImpl().layer })
      assert.strictEqual(outcome.exitCode, 2)
      assert.include(outcome.stderr, "/missing")
    }))
})

describe("usage errors", () => {
  it.effect.each([
    { args: ["wortrees"], message: "there is no command `slipway wortrees`", hint: "`slipway worktrees`" },
    {
      args: ["sandbox", "strat"],
      message: "there is no command `slipway sandbox strat`",
      hint: "`slipway sandbox start`"
    },
    { args: ["impl", "x", "--reues"], message: "`slipway impl` has no flag --reues", hint: "`--reuse`" },
    { args: ["impl", "x", "--jsno"], message: "`slipway impl` has no flag --jsno", hint: "`--json`" },
    { args: ["done"], message: "`slipway done` needs NAME", hint: "slipway done [FLAGS] NAME" },
    { args: ["done", "a", "b"], message: "`slipway done` does not take \"b\"", hint: "slipway done [FLAGS] NAME" },
    { args: ["status", "-C"], message: "-C needs a value: DIR", hint: "--help" },
    { args: ["sandbox", "logs", "--tail", "x"], message: "--tail cannot be \"x\"", hint: "--help" },
    { args: ["sandbox", "logs", "--tail", "-1"], message: "--tail cannot be \"-1\"", hint: "--help" },
    { args: ["sandbox", "exec", "web", "ls", "-la"], message: "`slipway sandbox exec` has no flag -l", hint: "put --" },
    { args: ["completions", "tcsh"], message: "SHELL cannot be \"tcsh\"", hint: "--help" },
    { args: ["help", "sadbox"], message: "there is no command `slipway sadbox`", hint: "`slipway help sandbox`" },
    { args: ["wortrees", "--help"], message: "there is no command `slipway wortrees`", hint: "`slipway worktrees`" }
  ])("$args", ({ args, hint, message }) =>
    Effect.gen(function*() {
      const text = yield* runCommandLine(args)
      assert.strictEqual(text.exitCode, 2)
      assert.strictEqual(text.stdout, "")
      assert.include(text.stderr, message)
      assert.include(text.stderr, hint)
      assert.isBelow(text.stderr.split("\n").length, 4)

      const json = yield* runCommandLine([...args.slice(0, 1), "--json", ...args.slice(1)])
      assert.strictEqual(json.exitCode, 2)
      assert.strictEqual(json.stderr, "")
      assert.strictEqual(errorOf(json).code, "usage-error")
      assert.include(errorOf(json).message, message)
    }))

  it.effect("leave the words of a program alone", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["sandbox", "exec", "web", "--", "ls", "--json"], {
        services: Layer.succeed(Sandboxes, { exec: () => Effect.succeed(0) } as never)
      })
      assert.strictEqual(outcome.exitCode, 0)
      assert.strictEqual(outcome.stdout, "")
    }))
})

describe("done", () => {
  const done = (run: Done["Service"]["run"]) =>
    Layer.succeed(Done, Done.of({ run, plan: () => Effect.succeed(Samples.donePlan) }))

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

describe("worktrees and status", () => {
  const overview = Layer.succeed(
    Overview,
    Overview.of({
      worktrees: () => Effect.succeed({ worktrees: [Samples.worktreeRow, Samples.orphanRow], warnings: ["no engine"] }),
      status: ({ name }) => Effect.succeed({ ...Samples.worktreeStatus, name: name ?? "here" })
    })
  )

  it.effect("are a table on a terminal, with problems below and hidden columns told", () =>
    Effect.gen(function*() {
      const wide = yield* runCommandLine(["ls"], { services: overview, isTerminal: true, columns: 200 })
      const lines = wide.stdout.split("\n")
      assert.strictEqual(lines.length, 4)
      assert.match(lines[0] ?? "", /^PROJECT +NAME +SLOT +STATE +BRANCH +COMMITS +CHANGES +URLS$/u)
      assert.match(lines[1] ?? "", /^shop +auth-M1 +3 +running +impl\/auth-M1 +\+1 +2 +http:\/\/localhost:8083$/u)
      assert.include(lines[3] ?? "", "↳ its worktree is gone")
      assert.strictEqual(wide.stderr, "! no engine")

      const narrow = yield* runCommandLine(["worktrees"], { services: overview, isTerminal: true, columns: 40 })
      assert.match(narrow.stdout.split("\n").at(-1) ?? "", /^hidden on 40 columns: .*urls/u)
    }))

  it.effect("are tab-separated in a pipe", () =>
    Effect.gen(function*() {
      const { stdout } = yield* runCommandLine(["worktrees"], { services: overview })
      const rows = stdout.split("\n").map((line) => line.split("\t"))
      assert.deepStrictEqual(rows.map((row) => row.length), [8, 8, 8])
      assert.strictEqual(rows[2]?.[4], "(detached)")
    }))

  it.effect("tell unknown from absent", () =>
    Effect.gen(function*() {
      const outcome = yield* runCommandLine(["worktrees", "--json"], { services: overview })
      const { worktrees } = dataOf(outcome, "worktrees")
      const [, orphan] = Schema.decodeUnknownSync(Schema.Array(Schema.Record(Schema.String, Schema.Unknown)))(worktrees)
      assert.strictEqual(orphan?.["changedFiles"], null)
      assert.doesNotHaveAnyKeys(orphan ?? {}, ["branch"])
    }))

  it.effect("say how to begin when there is nothing", () =>
    Effect.gen(function*() {
      const empty = Layer.succeed(
        Overview,
        { worktrees: () => Effect.succeed({ worktrees: [], warnings: [] }) } as never
      )
      const text = yield* runCommandLine(["worktrees"], { services: empty })
      assert.strictEqual(text.stdout, "")
      assert.include(text.stderr, "slipway impl")
      const json = yield* runCommandLine(["worktrees", "--json"], { services: empty })
      assert.deepStrictEqual(dataOf(json, "worktrees")["worktrees"], [])
    }))

  it.effect("show one worktree in detail", () =>
    Effect.gen(function*() {
      const { stdout } = yield* runCommandLine(["status", "auth-M1"], { services: overview })
      for (const part of ["shop auth-M1", "slot 3", "2 h", "a.ts (modified)", "running healthy", "(81/udp)"]) {
        assert.include(stdout, part)
      }
      const data = dataOf(yield* runCommandLine(["status", "--json"], { services: overview }), "status")
      assert.strictEqual(data["name"], "here")
    }))

  it.effect("give names to completion scripts, and none when it fails", () =>
    Effect.gen(function*() {
      const names = yield* runCommandLine(["__names", "worktrees"], { services: overview })
      assert.strictEqual(names.stdout, "auth-M1\npay-M2")
      const services = yield* runCommandLine(["__names", "services", "--name", "auth-M1"], { services: overview })
      assert.strictEqual(services.stdout, "api\njob")
      const failing = Layer.succeed(
        Overview,
        { worktrees: () => Effect.fail(Samples.problem("registry-corrupt")) } as never
      )
      const none = yield* runCommandLine(["__names", "worktrees"], { services: failing })
      assert.deepStrictEqual([none.exitCode, none.stdout, none.stderr], [0, "", ""])
    }))
})

describe("sandbox", () => {
  const sandboxes = (service: Partial<Sandboxes["Service"]>) =>
    Layer.succeed(Sandboxes, service as Sandboxes["Service"])

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
      const services = Layer.succeed(
        Overview,
        { status: () => Effect.succeed(Samples.worktreeStatus) } as never
      )
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

describe("doctor", () => {
  const report: DoctorReport = {
    fixed: false,
    findings: [
      { kind: "missing-tool", subject: "docker compose", evidence: "not found", action: null, hint: "install it" }
    ],
    steps: [],
    failures: []
  }
  const doctor = (run: Doctor["Service"]["run"]) => Layer.succeed(Doctor, Doctor.of({ run }))

  it.effect("fixes only when told to, and not in a dry run", () =>
    Effect.gen(function*() {
      const asked: Array<boolean> = []
      const services = doctor(({ fix }) => Effect.sync(() => (asked.push(fix), report)))
      yield* runCommandLine(["doctor"], { services })
      yield* runCommandLine(["doctor", "--fix"], { services })
      yield* runCommandLine(["doctor", "--fix", "--dry-run"], { services })
      assert.deepStrictEqual(asked, [false, true, false])
    }))

  it.effect("shows findings with their hints, and fails when a step failed", () =>
    Effect.gen(function*() {
      const services = doctor(({ fix }) =>
        Effect.succeed(fix ? { ...report, fixed: true, failures: [{ step: "clear", message: "busy" }] } : report)
      )
      const found = yield* runCommandLine(["doctor"], { services })
      assert.include(found.stdout, "docker compose: not found")
      assert.include(found.stdout, "↳ install it")
      const failed = yield* runCommandLine(["doctor", "--fix", "--json"], { services })
      assert.strictEqual(failed.exitCode, 1)
      assert.deepStrictEqual(dataOf(failed, "doctor")["failures"], [{ step: "clear", message: "busy" }])
    }))

  it.effect("says when all is well", () =>
    Effect.gen(function*() {
      const services = doctor(() => Effect.succeed({ ...report, findings: [] }))
      assert.include((yield* runCommandLine(["doctor"], { services })).stdout, "✓")
    }))
})

describe("help and version", () => {
  it.effect("are answers", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* runCommandLine(["--version"])).stdout, version)
      assert.deepStrictEqual(dataOf(yield* runCommandLine(["--version", "--json"]), "version"), { version })
      for (const args of [[], ["--help"], ["help"], ["-h"]]) {
        const outcome = yield* runCommandLine(args)
        assert.strictEqual(outcome.exitCode, 0)
        assert.include(outcome.stdout, "Usage: slipway COMMAND")
      }
      const exec = yield* runCommandLine(["help", "sandbox", "exec"])
      assert.include(exec.stdout, "Usage: slipway sandbox exec [FLAGS] SERVICE -- COMMAND...")
      assert.include((yield* runCommandLine(["ls", "--help"])).stdout, "Alias: ls")
      assert.include((yield* runCommandLine(["sandbox"])).stdout, "Usage: slipway sandbox COMMAND")
      assert.deepInclude(dataOf(yield* runCommandLine(["impl", "--help", "--json"]), "help"), { path: ["impl"] })
    }))

  it.effect("complete a shell", () =>
    Effect.gen(function*() {
      const { stdout } = yield* runCommandLine(["completions", "bash"])
      assert.include(stdout, "complete -F _slipway slipway")
      assert.strictEqual(
        dataOf(yield* runCommandLine(["completions", "fish", "--json"]), "completions")["shell"],
        "fish"
      )
    }))
})
