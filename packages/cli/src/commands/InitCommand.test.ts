import { assert, describe, it } from "@effect/vitest"
import { type InitAnswers, type InitObservation, type InitPlan, planInit, proposeAnswers } from "@slipway/core"
import { Effect, Exit, Schema } from "effect"
import { askInitQuestions } from "../InitDialogue.ts"
import { answersOf, type InitFlags } from "../InitFlags.ts"
import { Screen } from "../output/Screen.ts"
import { envelopeSchema } from "../schemas/OutputSchemas.ts"
import { memoryScreen } from "../testing/MemoryScreen.ts"
import { type FakeServices, runCommandLine } from "../testing/RunCommandLine.ts"

const observation: InitObservation = {
  checkout: "/code/shop",
  present: null,
  name: { written: "shop", name: "shop", source: "package.json" },
  composeFiles: ["docker-compose.yml", "docker/compose.yaml"],
  overrideFiles: [],
  composeTexts: {
    "docker-compose.yml": "services:\n  web:\n    image: nginx\n    ports:\n      - \"8080:80\"\n",
    "docker/compose.yaml": "services:\n  db:\n    image: postgres\n"
  },
  environments: {},
  ignoredMounts: [],
  claimed: []
}

/** An `Inits` over the observation that keeps what is applied. */
const fakeInits = () => {
  const applied: Array<InitPlan> = []
  const services: FakeServices = {
    inits: {
      inspect: ({ answers }) =>
        Effect.succeed({ observation, answers: proposeAnswers(observation, answers), questions: [] }),
      plan: ({ answers }) => Effect.fromResult(planInit(observation, proposeAnswers(observation, answers))),
      apply: (plan) =>
        Effect.sync(() => {
          applied.push(plan)
          return { config: plan.config, written: plan.files.map(({ path }) => path), warnings: plan.warnings }
        })
    }
  }
  return { applied, services }
}

const flags: InitFlags = {
  name: null,
  prefix: null,
  composeFile: null,
  noSandbox: false,
  ports: {},
  health: null,
  code: null,
  codeTargets: null,
  stride: null,
  parameterize: false
}
const proposed = proposeAnswers(observation)
const [variable = ""] = Object.keys(proposed.ports)

describe("init", () => {
  it.effect("accepts what was found with --yes", () =>
    Effect.gen(function*() {
      const { applied, services } = fakeInits()
      const outcome = yield* runCommandLine(["init", "--yes"], { services })
      assert.strictEqual(outcome.exitCode, 0)
      assert.include(outcome.stdout, "/code/shop/.devops-ai/infra.toml")
      assert.deepStrictEqual(applied[0]?.answers, proposed)
    }))

  it.effect("takes flags over what was found", () =>
    Effect.gen(function*() {
      const { applied, services } = fakeInits()
      const args = ["--name", "pay", "--prefix", "p", "--port", "API_PORT=8080", "--health", "/up", "--stride", "10"]
      yield* runCommandLine(["init", "--yes", ...args, "--code", "src/", "--code-services", "web"], { services })
      const answers = applied[0]?.answers
      assert.deepInclude(answers, { name: "pay", prefix: "p", ports: { API_PORT: 8080 }, stride: 10 })
      assert.deepInclude(answers?.health, { portVariable: "API_PORT", endpoint: "/up" })
      assert.deepStrictEqual(answers?.mounts.codeTargets, ["web"])
    }))

  it.effect("asks nothing where nobody can answer, and names the flag", () =>
    Effect.gen(function*() {
      for (const extra of [[], ["--json"]]) {
        const { applied, services } = fakeInits()
        const outcome = yield* runCommandLine(["init", ...extra], { services })
        assert.strictEqual(outcome.exitCode, 2)
        assert.include(outcome.stdout + outcome.stderr, "--yes")
        assert.strictEqual(applied.length, 0)
      }
    }))

  it.effect("shows the files as a diff in a dry run", () =>
    Effect.gen(function*() {
      const { applied, services } = fakeInits()
      const text = yield* runCommandLine(["init", "--dry-run", "--parameterize"], { services })
      assert.include(text.stdout, "--- /dev/null\n+++ /code/shop/.devops-ai/infra.toml")
      assert.include(text.stdout, `+      - "\${${variable}:-8080}:80"`)
      const json = yield* runCommandLine(["init", "--dry-run", "--json"], { services })
      const { data } = Schema.decodeUnknownSync(
        Schema.fromJsonString(Schema.Struct({ data: Schema.Record(Schema.String, Schema.Unknown) }))
      )(json.stdout)
      Schema.decodeUnknownSync(envelopeSchema("init") as Schema.Codec<unknown>, { onExcessProperty: "error" })(
        JSON.parse(json.stdout)
      )
      assert.deepInclude(data, { dryRun: true, initialised: false })
      assert.strictEqual(applied.length, 0)
    }))

  it.effect("reports and writes nothing with --check", () =>
    Effect.gen(function*() {
      const { applied, services } = fakeInits()
      const { exitCode, stdout } = yield* runCommandLine(["init", "--check"], { services })
      assert.strictEqual(exitCode, 0)
      for (const part of ["not set up yet", "shop (from package.json)", "docker-compose.yml", `${variable}=8080`]) {
        assert.include(stdout, part)
      }
      assert.strictEqual(applied.length, 0)
    }))

  it.effect("asks on a terminal and goes on with the answers", () =>
    Effect.gen(function*() {
      const { applied, services } = fakeInits()
      const outcome = yield* runCommandLine(["init", "--prefix", "s"], {
        services,
        replies: ["store", "", "STORE_WEB_PORT /health", "", "", "n"]
      })
      assert.strictEqual(outcome.exitCode, 0)
      assert.isTrue(outcome.questions.every((question) => !question.startsWith("Prefix")))
      assert.deepInclude(applied[0]?.answers, { name: "store", prefix: "s", composeFile: "docker-compose.yml" })
      assert.deepInclude(applied[0]?.answers.health, { endpoint: "/health" })
    }))
})

describe("the questions of init", () => {
  const asked = Effect.fnUntraced(function*(replies: ReadonlyArray<string>, given: Partial<InitAnswers> = {}) {
    const memory = memoryScreen({ replies })
    const exit = yield* Effect.exit(
      askInitQuestions(observation, given).pipe(Effect.provideService(Screen, memory.screen))
    )
    return { ...memory, exit }
  })

  it.effect("follow the compose file that was chosen", () =>
    Effect.gen(function*() {
      const { exit, questions } = yield* asked(["", "", "2", "", "", "y"])
      assert.isTrue(Exit.isSuccess(exit))
      assert.isFalse(questions.some((question) => question.startsWith("Health")))
      assert.isTrue(questions.at(-1)?.includes("docker/compose.yaml"))
      if (Exit.isSuccess(exit)) {
        assert.deepInclude(exit.value, { composeFile: "docker/compose.yaml", parameterize: true })
      }
    }))

  it.effect("are asked again after an answer that cannot be taken, with the reason", () =>
    Effect.gen(function*() {
      const { exit, questions, stderr } = yield* asked(["", "", "", "nonsense", `${variable} /ok`, "", "", ""])
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual(questions.filter((question) => question.startsWith("Health")).length, 2)
      assert.include(stderr[0] ?? "", "begins with /")
    }))

  it.effect("end when the input ends", () =>
    Effect.gen(function*() {
      const { exit } = yield* asked(["", ""])
      assert.isTrue(Exit.hasInterrupts(exit))
    }))
})

describe("the flags of init", () => {
  it.effect.each([
    [{ ports: { API_PORT: "0" } }, "from 1 to 65535"],
    [{ ports: { API_PORT: "80x" } }, "from 1 to 65535"],
    [{ health: "health" }, "begins with /"],
    [{ code: "/absolute" }, "relative"]
  ])("refuse %j", ([wrong, reason]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(answersOf({ ...flags, ...wrong as Partial<InitFlags> }, proposed))
      assert.include(error.message, reason as string)
    }))

  it.effect("name a variable for a port instead of the proposed one", () =>
    Effect.gen(function*() {
      const answers = yield* answersOf({ ...flags, ports: { API_PORT: "8080", DB_PORT: "5432" } }, proposed)
      assert.deepStrictEqual(answers.ports, { API_PORT: 8080, DB_PORT: 5432 })
    }))
})
