import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { agentContainer } from "./AgentContainer.ts"
import { isPassing } from "./AgentImage.ts"

const job = {
  key: { uid: "0123456789abcdef", run: "fix", index: 3, attempt: 2 },
  task: "fix-task-3",
  namespace: "default",
  command: ["sh", "-c", "true"],
  image: "agent:1",
  variables: { TASK_NAME: "fix-task-3", WORKSPACE_DIR: "/code/w", TOKEN: "hunter2", GIT_CONFIG_COUNT: "1" },
  workspace: "/code/w",
  home: "/code/h",
  readOnlyFolders: ["/code/mirrors/a:b.git"],
  labels: { team: "platform", "kubetask.io/task": "forged" },
  onOutput: () => Effect.void,
  onStarted: Effect.void
} as const

const user = { user: "1000:1000", isRemapped: false, processors: 2 }

describe("agentContainer", () => {
  it("is named and labelled by the attempt, whatever the run's own labels say", () => {
    const made = agentContainer(job, user, 10)
    assert.strictEqual(made.name, "slipway-01234567-3-2")
    assert.deepStrictEqual(made.Labels, {
      team: "platform",
      "slipway.batch.run": "0123456789abcdef",
      "slipway.batch.attempt": "3/2",
      "kubetask.io/task": "fix-task-3",
      "kubetask.io/batch-run": "fix"
    })
  })

  it("has the workspace as a pod has, and tells secrets in no argument", () => {
    const { Cmd, Entrypoint, Env = [], HostConfig, User, WorkingDir } = agentContainer(job, user, 10)
    assert.deepStrictEqual([Entrypoint, Cmd, User, WorkingDir], [["sh", "-c", "true"], [], "1000:1000", "/workspace"])
    assert.includeMembers([...Env], [
      "WORKSPACE_DIR=/workspace",
      "HOME=/home/agent",
      "TOKEN=hunter2",
      "GIT_CONFIG_COUNT=2",
      "GIT_CONFIG_KEY_1=safe.directory",
      "GIT_CONFIG_VALUE_1=*"
    ])
    assert.deepStrictEqual(
      HostConfig?.Mounts?.map(({ ReadOnly, Source, Target }) => [Source, Target, ReadOnly ?? false]),
      [
        ["/code/w", "/workspace", false],
        ["/code/h", "/home/agent", false],
        ["/code/mirrors/a:b.git", "/code/mirrors/a:b.git", true]
      ]
    )
    assert.notProperty(HostConfig, "Privileged")
  })

  it("gets no more memory and processors than its limits say", () => {
    const limits = (memoryBytes?: number, nanoCpus?: number) => {
      const made = agentContainer(
        {
          ...job,
          limits: {
            ...(memoryBytes === undefined ? {} : { memoryBytes }),
            ...(nanoCpus === undefined ? {} : { nanoCpus })
          }
        },
        user,
        10
      )
      return [made.HostConfig?.Memory, made.HostConfig?.NanoCpus]
    }
    assert.deepStrictEqual(limits(2 ** 30, 5e8), [2 ** 30, 5e8])
    assert.deepStrictEqual(limits(2 ** 30), [2 ** 30, undefined])
    assert.deepStrictEqual(limits(), [undefined, undefined])
    // An engine refuses more processors than there are, and less than a hundredth of one.
    assert.deepStrictEqual(limits(undefined, 4e9), [undefined, undefined])
    assert.deepStrictEqual(limits(undefined, 1), [undefined, 1e7])
    assert.notProperty(agentContainer(job, user, 10).HostConfig, "Memory")
  })

  it("runs what the image runs when there is no command", () => {
    assert.notProperty(agentContainer({ ...job, command: null }, user, 10), "Entrypoint")
    assert.strictEqual(agentContainer(job, { ...user, isRemapped: true }, 10).HostConfig?.UsernsMode, "host")
  })
})

describe("isPassing", () => {
  for (
    const [fault, expected] of [
      ["Get \"https://quay.io/v2/\": dial tcp: lookup quay.io: no such host", true],
      ["Get \"https://quay.io/v2/\": net/http: request canceled while waiting for connection", true],
      ["received unexpected HTTP status: 503 Service Unavailable", true],
      ["toomanyrequests: You have reached your pull rate limit.", true],
      ["manifest for agent:nonesuch not found: manifest unknown", false],
      ["pull access denied for agent, repository does not exist or may require 'docker login'", false],
      ["invalid reference format", false]
    ] as const
  ) {
    it(`${expected ? "may try again after" : "need not try again after"}: ${fault}`, () => {
      assert.strictEqual(isPassing(fault), expected)
    })
  }
})
