import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { clearEngine, docker, engineRemains, skipsEngine } from "./fixtures/CommandLine.ts"
import { cleanVariables, makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"
import { answerOf } from "./fixtures/Until.ts"

describe("the sample project", () => {
  let project: SampleProject
  beforeAll(async () => {
    project = await makeSampleProject()
  })
  afterAll(() => {
    if (!skipsEngine) clearEngine(project.name)
    project.remove()
  })

  const compose = (...args: ReadonlyArray<string>) =>
    execFileSync("docker", ["compose", "--project-name", project.name, ...args], {
      cwd: project.root,
      env: cleanVariables(),
      stdio: ["ignore", "pipe", "pipe"],
      encoding: "utf8"
    })

  it("is a clean repository whose default branch its remote has", () => {
    assert.strictEqual(project.git("status", "--porcelain"), "")
    assert.strictEqual(project.git("rev-parse", "HEAD"), project.git("rev-parse", "origin/main"))
    assert.strictEqual(project.git("symbolic-ref", "refs/remotes/origin/HEAD").trim(), "refs/remotes/origin/main")
    assert.isTrue(existsSync(join(project.root, "docs/designs/auth/implementation/M1_login.md")))
    assert.include(readFileSync(join(project.root, "docker-compose.yml"), "utf8"), "#")
  })

  it.skipIf(skipsEngine)("runs by hand: it answers, keeps what is written, and leaves nothing behind", async () => {
    compose("up", "--detach", "--build")
    assert.strictEqual(await answerOf(`http://localhost:${project.webPort}/health`), "ok\n")
    assert.strictEqual(await answerOf(`http://localhost:${project.webPort}/`), "page of main\n")
    assert.strictEqual(await answerOf(`http://localhost:${project.dbPort}/cgi-bin/write?first`), "written\n")

    compose("down")
    assert.isNotEmpty(docker("volume", "ls", "--quiet", "--filter", `name=${project.name}-data`))
    compose("up", "--detach")
    assert.strictEqual(await answerOf(`http://localhost:${project.dbPort}/data/value`), "first\n")

    const start = performance.now()
    compose("down", "--volumes", "--rmi", "local")
    assert.isBelow(performance.now() - start, 9000, "its containers wait until they are killed")
    assert.deepStrictEqual(engineRemains(project.name), [])
  })
})
