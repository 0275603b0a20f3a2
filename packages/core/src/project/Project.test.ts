import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { memoryProjectFilesLayer } from "../testing/MemoryProjectFiles.ts"
import { Projects } from "./Project.ts"
import { isProjectName, isVariableName, projectNameFrom, variableNameFrom } from "./ProjectName.ts"
import { projectPageName } from "./ProjectPage.ts"
import type { Repository } from "./Repository.ts"

const repository: Repository = { main: "/w/my shop", commonDirectory: "/w/my shop/.git", current: "/w/shop-impl-a" }

const layerOf = (files: Readonly<Record<string, string>>) =>
  Projects.layer.pipe(
    Layer.provide(memoryProjectFilesLayer(files))
  )

const config = "[project]\nname = \"shop\"\nprefix = \"sh\"\nextra = 1\n"

describe("Projects", () => {
  it.effect("reads the configuration of the main checkout, not of the worktree one stands in", () =>
    Effect.gen(function*() {
      const project = yield* Projects.use((projects) => projects.of(repository))
      assert.strictEqual(project.name, "shop")
      assert.strictEqual(project.prefix, "sh")
      assert.strictEqual(project.configFile, "/w/my shop/.devops-ai/infra.toml")
      assert.strictEqual(project.warnings.length, 1)
    }).pipe(Effect.provide(layerOf({
      "/w/my shop/.devops-ai/infra.toml": config,
      "/w/shop-impl-a/.devops-ai/infra.toml": config.replace("shop", "wrong")
    }))))

  it.effect("goes by the project's page without a configuration", () =>
    Effect.gen(function*() {
      const project = yield* Projects.use((projects) => projects.of(repository))
      assert.strictEqual(project.config, null)
      assert.strictEqual(project.name, "khealth")
      assert.strictEqual(project.prefix, "khealth")
    }).pipe(Effect.provide(layerOf({ "/w/my shop/.devops-ai/project.md": "# About\n\n**Project name:** khealth\n" }))))

  it.effect("goes by the folder without either", () =>
    Effect.gen(function*() {
      const project = yield* Projects.use((projects) => projects.of(repository))
      assert.strictEqual(project.name, "my-shop")
    }).pipe(Effect.provide(layerOf({}))))

  it.effect("fails on a bad configuration, but can still describe the project", () =>
    Effect.gen(function*() {
      const projects = yield* Projects
      const error = yield* Effect.flip(projects.of(repository))
      assert.strictEqual(error._tag, "ConfigInvalid")
      const project = yield* projects.describe(repository)
      assert.strictEqual(project.name, "my-shop")
      assert.deepStrictEqual(project.warnings, [error.message])
    }).pipe(Effect.provide(layerOf({ "/w/my shop/.devops-ai/infra.toml": "[project]\nname = 1" }))))
})

describe("projectPageName", () => {
  it.each([
    ["name: shop", "shop"],
    ["---\nproject_name: x\nname: \"@acme/shop\"\n---", "shop"],
    ["| Name | khealth |", "khealth"],
    ["- **Project name**: `my_app`", "my_app"],
    ["the name: of the rose is long", null],
    ["# khealth", null]
  ])("of %j is %j", (page, expected) => assert.strictEqual(projectPageName(page), expected))
})

describe("names", () => {
  it.each([
    ["@acme/My.App", "My.App", "ACME_MY_APP"],
    ["3scale", "3scale", "_3SCALE"],
    ["..", "project", "_"],
    ["été", "t", "T"],
    ["a b/", "a-b", "A_B"]
  ])("of %j", (text, name, variable) => {
    assert.strictEqual(projectNameFrom(text), name)
    assert.strictEqual(variableNameFrom(text), variable)
  })

  it.effect.prop("are always fit for folders and shells", { text: Schema.String }, ({ text }) =>
    Effect.sync(() => {
      assert.isTrue(isProjectName(projectNameFrom(text)))
      assert.isTrue(isVariableName(variableNameFrom(text)))
    }))

  it.each(["", "-x", ".x", "a/b", "a\\b", "a\nb", " a", "a ", "x".repeat(64)])(
    "refuses %j",
    (name) => assert.isFalse(isProjectName(name))
  )
})
