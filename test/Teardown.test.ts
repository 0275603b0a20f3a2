import { assert, describe, it } from "@effect/vitest"
import { observabilityNetwork, teardownModel } from "@slipway/core"
import { Effect } from "effect"
import { copyFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { hasRealEngine, runCompose, runDocker } from "./RealCompose.ts"
import { resolveSandbox } from "./SandboxFixture.ts"

const project = "slipway-teardown"

const compose = `
services:
  api:
    build: .
    image: slipway-teardown-shared
    command: [sleep, "300"]
    stop_grace_period: 0s
    environment: { TOKEN: "\${TOKEN}" }
    volumes: ["data:/data", "./src:/src"]
    depends_on: [db]
  db: { build: ., command: [sleep, "300"], stop_grace_period: 0s, networks: [back], profiles: [all] }
volumes: { data: { name: slipway-teardown-fixed } }
networks: { back: {} }
`

/** What the engine has of the project, by Compose's label. */
const remains = Effect.forEach(
  [
    ["ps", "--all", "--format", "{{.Names}}"],
    ["network", "ls", "--format", "{{.Name}}"],
    ["volume", "ls", "--format", "{{.Name}}"],
    ["image", "ls", "--format", "{{.Repository}}"]
  ],
  ([kind = "", ...rest]) =>
    Effect.map(
      runDocker(kind, ...rest, "--filter", `label=com.docker.compose.project=${project}-slot-1`),
      (text) => text.split("\n").filter((line) => line !== "").sort()
    )
)

describe.skipIf(!hasRealEngine)("the copy of the model that a slot keeps", () => {
  it.live("takes everything down when the worktree is gone", () =>
    Effect.gen(function*() {
      const { call, json, root, slotFolder, worktree } = yield* resolveSandbox({
        files: {
          "docker-compose.yml": compose,
          "Dockerfile": "FROM scratch\nCOPY busybox /bin/busybox\nENTRYPOINT [\"/bin/busybox\"]\n",
          "src/main.txt": "code"
        },
        secrets: { TOKEN: "hush" },
        project
      })
      copyFileSync("/bin/busybox", join(worktree, "busybox"))
      yield* Effect.ignore(runDocker("network", "create", observabilityNetwork))
      yield* Effect.addFinalizer(() =>
        Effect.ignore(
          runCompose({ ...call, directory: root, files: [], envFiles: [] }, "down", "--volumes", "--rmi", "local")
        )
      )
      yield* runCompose(call, "up", "--detach", "--build")
      assert.deepStrictEqual(yield* remains, [
        [`${project}-slot-1-api-1`, `${project}-slot-1-db-1`],
        [`${project}-slot-1_back`, `${project}-slot-1_default`],
        [`${project}-slot-1_slipway-teardown-fixed`],
        [`${project}-slot-1-api`, `${project}-slot-1-db`]
      ])

      const copy = join(slotFolder, "docker-compose.yml")
      writeFileSync(copy, teardownModel(json))
      rmSync(worktree, { recursive: true })
      yield* runCompose(
        { project: call.project, directory: root, files: [copy], profiles: ["*"] },
        "down",
        "--remove-orphans",
        "--volumes",
        "--rmi",
        "local"
      )
      const [containers, networks, volumes] = yield* remains
      assert.deepStrictEqual([containers, networks, volumes], [[], [], []])
      const shared = yield* runDocker("network", "inspect", observabilityNetwork, "--format", "{{.Name}}")
      assert.strictEqual(shared.trim(), observabilityNetwork)
    }).pipe(Effect.scoped))
})
