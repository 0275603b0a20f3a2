import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { clearEngine, commandLineOf, docker, engineRemains, type Run, skipsEngine } from "./fixtures/CommandLine.ts"
import { makeSampleProject, type SampleProject } from "./fixtures/SampleProject.ts"

const compose = `services:
  web:
    build: ./web
    init: true
    stop_grace_period: 1s
    ports: ["\${WEB_PORT:-80}:8080"]
    depends_on: [db]
  db:
    build: ./db
    init: true
    stop_grace_period: 1s
    ports: ["\${DB_PORT:-81}:8080"]
    volumes: ["data:/www/data"]
    healthcheck: { test: [CMD, /bin/test, "!", -e, /www/ill], interval: 250ms, retries: 1 }
volumes:
  data: {}
`

const ok = (run: Run): void => assert.strictEqual(run.code, 0, run.stdout + run.stderr)

const page = async (port: number, path = "/"): Promise<string> => {
  const response = await fetch(`http://localhost:${port}${path}`)
  return response.ok ? response.text() : String(response.status)
}

/** Asks again until the answer is the one that is waited for, or the test's time is over. */
const until = async <A>(ask: () => Promise<A>, isIt: (answer: A) => boolean): Promise<A> => {
  for (;;) {
    const answer = await ask()
    if (isIt(answer)) return answer
  }
}

const container = (project: SampleProject, slot: number, service: string): string =>
  `${project.name}-slot-${slot}-${service}-1`

describe.skipIf(skipsEngine)("a slot over time", () => {
  let project: SampleProject
  beforeAll(async () => {
    project = await makeSampleProject()
  })
  afterAll(() => {
    clearEngine(project.name)
    project.remove()
  })

  it("is empty for the next feature: its own image, its own data, nothing of the one before", async () => {
    const { json } = commandLineOf(project)
    const first = await json(["impl", "auth/M1", "--require-healthy"])
    ok(first)
    const { number, ports } = first.envelope.data.slot
    assert.strictEqual(await page(ports.WEB_PORT), "page of main\n")
    await page(ports.DB_PORT, "/cgi-bin/write?first")
    assert.strictEqual(await page(ports.DB_PORT, "/data/value"), "first\n")
    ok(await json(["done", "auth-M1"]))
    assert.deepStrictEqual(engineRemains(project.name), [])

    writeFileSync(join(project.root, "web/www/index.html"), "page of the second\n")
    project.git("commit", "--quiet", "--all", "--message", "Change the page")
    project.git("push", "--quiet")
    const second = await json(["impl", "auth/M2", "--require-healthy"])
    ok(second)
    assert.deepStrictEqual(second.envelope.data.slot.ports, ports)
    assert.strictEqual(second.envelope.data.slot.number, number)
    assert.strictEqual(await page(ports.WEB_PORT), "page of the second\n")
    assert.strictEqual(await page(ports.DB_PORT, "/data/value"), "404")

    await page(ports.DB_PORT, "/cgi-bin/write?second")
    const kept = `${project.name}-slot-${number}_${project.name}-data`
    ok(await json(["done", "auth-M2", "--keep-volumes"]))
    assert.deepStrictEqual(engineRemains(project.name), [`volume ${kept}`])

    // What was kept is neither lost to the next feature nor given to it.
    const third = await json(["impl", "auth/M3", "--require-healthy"])
    ok(third)
    assert.isAbove(third.envelope.data.slot.number, number)
    assert.deepInclude(third.envelope.data.skippedSlots, {
      slot: number,
      reason: `its volumes were kept; \`docker volume rm ${kept}\` frees it`
    })
    assert.strictEqual(await page(third.envelope.data.slot.ports.DB_PORT, "/data/value"), "404")
    ok(await json(["done", "auth-M3"]))
    const doctor = await json(["doctor", "--fix"])
    ok(doctor)
    const [finding, ...others] = doctor.envelope.data.findings
    assert.deepStrictEqual([finding.kind, finding.action, others], ["orphan-sandbox", undefined, []])
    assert.include(finding.hint, `docker volume rm ${kept}`)
    assert.deepStrictEqual(engineRemains(project.name), [`volume ${kept}`])
    docker("volume", "rm", kept)
    const again = await json(["impl", "auth/M3", "--require-healthy"])
    ok(again)
    assert.strictEqual(again.envelope.data.slot.number, number)
    ok(await json(["done", "auth-M3"]))
    assert.deepStrictEqual(engineRemains(project.name), [])
  })
})

describe.skipIf(skipsEngine)("one sandbox, looked at and handled", () => {
  let project: SampleProject
  let slot = 0
  let ports: Readonly<Record<"WEB_PORT" | "DB_PORT", number>>
  beforeAll(async () => {
    project = await makeSampleProject({
      files: {
        "docker-compose.yml": compose,
        "web/Dockerfile": `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
COPY www /www
CMD ["/bin/sh", "-c", "for n in 1 2 3; do echo line $n; done; echo to stderr >&2; exec httpd -f -p 8080 -h /www"]
`
      }
    })
    const { json } = commandLineOf(project)
    const made = await json(["impl", "auth/M1", "--require-healthy"])
    ok(made)
    slot = made.envelope.data.slot.number
    ports = made.envelope.data.slot.ports
  })
  afterAll(() => {
    clearEngine(project.name)
    project.remove()
  })

  it("tells what Docker tells, whatever the registry says", async () => {
    const { json } = commandLineOf(project)
    const look = async () => {
      const [status, worktrees] = await Promise.all([json(["status", "auth-M1"]), json(["worktrees"])])
      const { problems, services, state } = status.envelope.data
      assert.strictEqual(worktrees.envelope.data.worktrees[0].state, state)
      return {
        state,
        problems,
        services: services.map((one: { readonly service: string; readonly state: string; readonly health?: string }) =>
          [one.service, one.state, one.health].join(" ").trim()
        )
      }
    }
    const [web, db] = [container(project, slot, "web"), container(project, slot, "db")]
    const healthy = await until(look, ({ services }) => !services[0].endsWith("starting"))
    assert.deepStrictEqual(healthy, { state: "running", problems: [], services: ["db running healthy", "web running"] })
    docker("exec", db, "touch", "/www/ill")
    assert.deepStrictEqual(
      (await until(look, ({ services }) => !services[0].endsWith(" healthy"))).services,
      ["db running unhealthy", "web running"]
    )
    docker("exec", db, "rm", "/www/ill")

    docker("stop", web)
    const partial = await look()
    assert.strictEqual(partial.state, "partial")
    assert.strictEqual(partial.services[1], "web exited")
    assert.include(partial.problems[0], "slipway sandbox logs")
    docker("start", web)
    assert.strictEqual((await look()).state, "running")
    docker("stop", web, db)
    assert.strictEqual((await look()).state, "stopped")
    assert.strictEqual(
      JSON.parse(readFileSync(join(project.home, "registry.json"), "utf8")).slots[slot].status,
      "running"
    )
    docker("rm", "--force", web, db)
    assert.deepStrictEqual(await look(), { state: "stopped", problems: [], services: [] })
  })

  it("keeps its data and ports when it is stopped, started, restarted", async () => {
    const { json, run } = commandLineOf(project)
    ok(await json(["sandbox", "start", "auth-M1", "--require-healthy"]))
    await page(ports.DB_PORT, "/cgi-bin/write?kept")
    const [web, db] = [container(project, slot, "web"), container(project, slot, "db")]
    const starts = () => docker("inspect", "--format", "{{.State.StartedAt}}", web, db)
    const before = starts()
    ok(await json(["sandbox", "restart", "web", "--name", "auth-M1"]))
    const after = starts()
    assert.notStrictEqual(after[0], before[0])
    assert.strictEqual(after[1], before[1])
    assert.strictEqual(await until(() => page(ports.DB_PORT, "/data/value"), () => true), "kept\n")

    const inside = { cwd: project.worktree("impl-auth-M1") }
    ok(await json(["sandbox", "stop"], inside))
    const stopped = await json(["status"], inside)
    assert.strictEqual(stopped.envelope.data.state, "stopped")
    const exec = await run(["sandbox", "exec", "web", "--json", "--", "true"], inside)
    assert.deepStrictEqual([exec.code, JSON.parse(exec.stdout).error.code], [5, "sandbox-not-running"])
    const started = await json(["sandbox", "start", "--require-healthy"], inside)
    ok(started)
    assert.strictEqual(await page(ports.DB_PORT, "/data/value"), "kept\n")
    assert.deepStrictEqual(readdirSync(join(project.home, "slots")), [`${project.name}-${slot}`])

    docker("rm", "--force", web, db)
    ok(await json(["sandbox", "start", "--require-healthy"], inside))
    assert.strictEqual(await page(ports.DB_PORT, "/data/value"), "kept\n")
  })

  it("hands the exit code of exec through, and names the services there are", async () => {
    const { run } = commandLineOf(project)
    const seven = await run([
      "sandbox",
      "exec",
      "db",
      "--name",
      "auth-M1",
      "--",
      "sh",
      "-c",
      "echo out; echo err >&2; exit 7"
    ])
    assert.deepStrictEqual([seven.code, seven.stdout, seven.stderr], [7, "out\n", "err\n"])
    const quoted = await run(["sandbox", "exec", "db", "--name", "auth-M1", "--", "echo", "a  b", "$HOME", "--name"])
    assert.deepStrictEqual([quoted.code, quoted.stdout], [0, "a  b $HOME --name\n"])
    const told = await run([
      "sandbox",
      "exec",
      "db",
      "--json",
      "--name",
      "auth-M1",
      "--",
      "sh",
      "-c",
      "echo out; exit 3"
    ])
    assert.deepStrictEqual([told.code, JSON.parse(told.stdout).data.exitCode, told.stderr], [3, 3, "out\n"])
    for (
      const args of [
        ["exec", "cache", "--name", "auth-M1", "--json", "--", "true"],
        ["logs", "cache", "--name", "auth-M1", "--json"],
        ["restart", "cache", "--name", "auth-M1", "--json"]
      ]
    ) {
      const unknown = await run(["sandbox", ...args])
      const { error } = JSON.parse(unknown.stdout)
      assert.deepStrictEqual([unknown.code, error.code], [3, "service-unknown"], args.join(" "))
      assert.include(error.message, "\"cache\"")
      assert.include(error.hint, "db, web")
    }
  })

  it("shows the logs of all services or some, the last lines, and what comes", async () => {
    const { json, run } = commandLineOf(project)
    const all = await json(["sandbox", "logs", "--name", "auth-M1"])
    ok(all)
    const line = (text: string, stream = "stdout") => ({ service: "web", stream, text })
    const lines = [line("line 1"), line("line 2"), line("line 3"), line("to stderr", "stderr")]
    for (const one of lines) assert.deepInclude(all.envelope.data.lines, one)
    const last = await json(["sandbox", "logs", "web", "--name", "auth-M1", "--tail", "1"])
    assert.lengthOf(last.envelope.data.lines, 1)
    const none = await json(["sandbox", "logs", "db", "--name", "auth-M1"])
    assert.deepStrictEqual([none.code, none.envelope.data.lines], [0, []])
    const text = await run(["sandbox", "logs", "web", "--name", "auth-M1"])
    assert.include(text.stdout, "web | line 2\n")
    assert.notInclude(text.stdout, "\u001B")

    // What is printed after the last line that was there reaches the follower; Ctrl-C ends it.
    let asked = false
    const followed = await run(["sandbox", "logs", "web", "--name", "auth-M1", "--follow", "--tail", "1"], {
      onStdout: (chunk, kill) => {
        if (chunk.includes("said later")) kill("SIGINT")
        if (asked) return
        asked = true
        docker("exec", container(project, slot, "web"), "sh", "-c", "echo said later > /proc/1/fd/1")
      }
    })
    assert.strictEqual(followed.code, 130, followed.stderr)
    assert.lengthOf(followed.stdout.trim().split("\n"), 2)
    const endless = await json(["sandbox", "logs", "--name", "auth-M1", "--follow"])
    assert.deepStrictEqual([endless.code, endless.envelope.error?.code], [2, "usage-error"])
  })
})
