import { assert, describe, it } from "@effect/vitest"
import { composeFilesAmong, detectName } from "./Detection.ts"

const nothing = { packageJson: null, pyproject: null, goModule: null, projectPage: null, checkout: "/w/My Shop" }

describe("detectName", () => {
  it.each([
    [{ packageJson: "{\"name\":\"@acme/My.App\"}", pyproject: "[project]\nname = \"x\"" }, "My.App", "package.json"],
    [{ packageJson: "{\"private\":true}", pyproject: "[project]\nname = \"x\"" }, "x", "pyproject.toml"],
    [{ pyproject: "[tool.poetry]\nname = \"poem\"" }, "poem", "pyproject.toml"],
    [{ packageJson: "{", pyproject: "[", goModule: "// x\nmodule github.com/acme/shop/v2\n" }, "shop", "go.mod"],
    [{ projectPage: "**Project name:** khealth" }, "khealth", ".devops-ai/project.md"],
    [{ packageJson: "[]", goModule: "go 1.24" }, "My-Shop", "folder"]
  ])("of %j is %s", (sources, name, source) => {
    const detected = detectName({ ...nothing, ...sources })
    assert.deepStrictEqual([detected.name, detected.source], [name, source])
  })
})

describe("composeFilesAmong", () => {
  it("goes by Compose's own order and leaves out override files", () =>
    assert.deepStrictEqual(
      composeFilesAmong([
        "docker-compose.dev.yml",
        "docker/docker-compose.yml",
        "docker-compose.yaml",
        "docker-compose.override.yml",
        "docker-compose.yml",
        "compose.prod.yaml",
        "compose.yml",
        "compose.yaml",
        "decompose.yaml",
        "compose.json"
      ]),
      [
        "compose.yaml",
        "compose.yml",
        "docker-compose.yml",
        "docker-compose.yaml",
        "compose.prod.yaml",
        "docker-compose.dev.yml",
        "docker/docker-compose.yml"
      ]
    ))
})
