import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { manyTasks } from "../../testing/ManyTasks.ts"
import { configMap, runInput, sampleNamespace, secret } from "../../testing/UpdateDependenciesSample.ts"
import type { BatchResource } from "../kinds/Kinds.ts"
import { base64OfBytes } from "../plan/Base64Text.ts"
import { makeRun } from "../plan/MakeSnapshot.ts"
import { agentVariables } from "./AgentVariables.ts"

const resources = (data: Readonly<Record<string, string>>): ReadonlyArray<BatchResource> => [
  manyTasks(1),
  configMap("settings", { MODE: "größe\n" }),
  { ...secret("tokens", {}), data },
  {
    apiVersion: "kubetask.io/v1alpha1",
    kind: "WorkspaceConfig",
    metadata: { name: "default", namespace: sampleNamespace },
    spec: {
      env: [
        { name: "PLAIN", value: "as it is" },
        { name: "EMPTY" },
        { name: "MODE", valueFrom: { configMapKeyRef: { name: "settings", key: "MODE" } } },
        { name: "TOKEN", valueFrom: { secretKeyRef: { name: "tokens", key: "forge" } } }
      ]
    }
  }
]

const made = (token: ReadonlyArray<number>) =>
  makeRun(runInput(resources({ forge: base64OfBytes(Uint8Array.from(token)) }), { namespace: sampleNamespace }))

describe("an agent's variables", () => {
  it("have the values that they refer to, character by character", () => {
    const { snapshot, values } = Result.getOrThrow(made([0x68, 0x75, 0x73, 0x68]))
    assert.deepStrictEqual(agentVariables(snapshot, values), {
      PLAIN: "as it is",
      EMPTY: "",
      MODE: "größe\n",
      TOKEN: "hush"
    })
  })

  it("cannot have bytes that are no text, nor a NUL", () => {
    for (const bytes of [[0xff, 0xfe], [0x61, 0x00, 0x62]]) {
      const run = made(bytes)
      const faults = Result.isFailure(run) ? run.failure.map(({ path, resource }) => [resource, path]) : []
      assert.deepStrictEqual(faults, [["WorkspaceConfig/default", "spec.env[3].valueFrom"]])
    }
  })
})
