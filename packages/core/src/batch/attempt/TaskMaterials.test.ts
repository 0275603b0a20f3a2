import { assert, describe, it } from "@effect/vitest"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { Effect, Result, Schema } from "effect"
import {
  configMapFile,
  inlineFile,
  repository,
  runInput,
  sampleNamespace,
  secret,
  secretFile,
  updateDependenciesResources
} from "../../testing/UpdateDependenciesSample.ts"
import type { Task } from "../kinds/Kinds.ts"
import type { TaskContext } from "../kinds/TaskContext.ts"
import { makeRun } from "../plan/MakeSnapshot.ts"
import type { FolderValue } from "../source/BatchSources.ts"
import { secretValues, taskMaterials } from "./TaskMaterials.ts"

const made = (...args: Parameters<typeof runInput>) => Result.getOrThrow(makeRun(runInput(...args)))

const task = (...contexts: ReadonlyArray<TaskContext>): Task => ({
  apiVersion: "kubetask.io/v1alpha1",
  kind: "Task",
  metadata: { name: "mend", namespace: sampleNamespace },
  spec: { contexts }
})

const utf8 = (path: string, text: string, isSecret = false) => ({ path, bytes: utf8ToBytes(text), secret: isSecret })

describe("taskMaterials", () => {
  it("gives the seed's files with exact bytes, and its repositories", () => {
    const { snapshot, values } = made(updateDependenciesResources)
    const materials = [0, 1, 2].map((index) => taskMaterials(snapshot, values, index))
    const common = [
      utf8("task.md", "Update dependencies to latest versions.\nRun tests and create PR.\n"),
      utf8("guide.md", "# Guide\r\nTwo lines, CRLF, no end")
    ]
    const cloned = (repo: string, branch: string) => ({
      url: `https://github.com/myorg/${repo}.git`,
      branch,
      commit: null,
      path: repo,
      depth: null,
      credentials: null
    })
    assert.deepStrictEqual(materials, [
      {
        task: "update-dependencies-run-001-task-0",
        files: [...common, utf8("config.json", "{\"name\":\"a\"}")],
        repositories: [cloned("service-a", "main")]
      },
      {
        task: "update-dependencies-run-001-task-1",
        files: [
          ...common,
          utf8("config.json", "{\"name\":\"größe\"}\n"),
          utf8("credentials.json", "hush-hush-1", true)
        ],
        repositories: [cloned("service-b", "main")]
      },
      {
        task: "update-dependencies-run-001-task-2",
        files: [...common, utf8("config.json", "c".repeat(200 * 1024))],
        repositories: [cloned("service-c", "develop")]
      }
    ])
  })

  it("puts variables into inline text alone, those of the first repository", () => {
    const text =
      "${{ repository.org }}/${{repository.repo}}@${{ repository.branch }} ${{ run.name }} ${{ task.index }}\r\n$${{"
    const { snapshot, values } = made([
      task(
        inlineFile("task.md", text),
        secretFile("secret.md", "s", "key"),
        repository("shop", { path: "./code/" }),
        repository("search", { commit: "a".repeat(40), depth: 1, url: "/srv/search" })
      ),
      secret("s", { key: text })
    ])
    const { files, repositories } = taskMaterials(snapshot, values, 0)
    assert.deepStrictEqual(files, [utf8("task.md", "myorg/shop@main mend 0\r\n${{"), utf8("secret.md", text, true)])
    assert.deepStrictEqual(repositories.map(({ commit, depth, path, url }) => ({ commit, depth, path, url })), [
      { commit: null, depth: null, path: "code", url: "https://github.com/myorg/shop.git" },
      { commit: "a".repeat(40), depth: 1, path: "search", url: "/srv/search" }
    ])
  })

  it("takes the later of two files with one name", () => {
    const { snapshot, values } = made([
      task(inlineFile("a", "1"), inlineFile("b", "2"), secretFile("a", "s", "key")),
      secret("s", { key: "3" })
    ])
    assert.deepStrictEqual(taskMaterials(snapshot, values, 0).files, [utf8("a", "3", true), utf8("b", "2")])
  })

  it.effect.prop(
    "gives the bytes of values as they are",
    { bytes: Schema.Uint8Array, isSecret: Schema.Boolean },
    ({ bytes, isSecret }) =>
      Effect.sync(() => {
        const kind = isSecret ? "Secret" : "ConfigMap"
        const folderValues: ReadonlyArray<FolderValue> = [{ kind, name: "v", key: "key", bytes }]
        const context = isSecret ? secretFile("a", "v", "key") : configMapFile("a", "v", "key")
        const { snapshot, values } = made([task(context)], {}, { folderValues })
        assert.deepStrictEqual(taskMaterials(snapshot, values, 0).files, [{ path: "a", bytes, secret: isSecret }])
        assert.deepStrictEqual(
          secretValues(values),
          isSecret && bytes.length > 0 ? [{ name: "v/key", bytes }] : []
        )
      })
  )

  it.each([
    [{ token: "t\n" }, "github", { _tag: "Basic", username: "x-access-token", password: "t" }],
    [{ token: "t", username: "oauth2\r\n" }, "gitlab", { _tag: "Basic", username: "oauth2", password: "t" }],
    [{ username: "ada", password: "p w" }, "github", { _tag: "Basic", username: "ada", password: "p w" }],
    [{ token: "t", "ssh-privatekey": "-----\nkey" }, "github-ssh", { _tag: "SshKey", privateKey: "-----\nkey\n" }]
  ])("gets in with %j at %s", (keys, host, credentials) => {
    const { snapshot, values } = made([
      task(repository("shop", { secretRef: { name: "git" } })),
      secret("git", keys)
    ], { host })
    assert.deepStrictEqual(taskMaterials(snapshot, values, 0).repositories[0]?.credentials, credentials)
    assert.strictEqual(taskMaterials(snapshot, values, 0).repositories[0]?.secret, "git")
    assert.deepStrictEqual(
      secretValues(values).map(({ name }) => name).toSorted(),
      Object.keys(keys).map((key) => `git/${key}`).toSorted()
    )
  })

  it("throws when a value is not there any more", () => {
    const { snapshot } = made(updateDependenciesResources)
    assert.throws(
      () => taskMaterials(snapshot, { configMaps: {}, secrets: {} }, 0),
      "the value workflow-guides/standard-pr-workflow.md is not among those that were kept with the run"
    )
  })
})
