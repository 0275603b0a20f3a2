/**
 * `pnpm bench [NAME…]`: measures the budgets, each beside its baseline in the same run, and prints the ratios. Absolute
 * times say nothing between runs: machines are shared and noisy. Exits with 1 when a budget is not kept.
 */
import { spawn, spawnSync } from "node:child_process"
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expandMany, manySmallTasks, memoryOfRuns, oneRepository } from "./bench/Batches.mjs"
import { listOfFeatures, nextOfLongLog } from "./bench/Features.mjs"
import { missingForContainers } from "./demo/Engine.mjs"
import { makeSampleProject } from "./demo/SampleProject.mjs"
import { root, run } from "./programs.mjs"

const slipway = [process.execPath, join(root, "packages/cli/dist/bin.js")]
const composeFile = "docker-compose.yml"

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** Runs a command once: wall and CPU time of it and its children in ms, and its largest memory in MiB. */
const measure = (command, options = {}) => {
  const start = process.hrtime.bigint()
  const { output, status, stdout } = spawnSync(
    "bash",
    ["-c", `TIMEFORMAT="%3U %3S"; { time "$@" >&3 2>&4; } 2>&1`, "bash", ...command],
    { encoding: "utf8", stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"], ...options }
  )
  const wall = Number(process.hrtime.bigint() - start) / 1e6
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}: ${output.slice(3).join("")}`)
  const [user = 0, system = 0] = stdout.trim().split(" ").map(Number)
  return { wall, cpu: (user + system) * 1000 }
}

/** Two commands in turn, so that both meet the same machine; medians. */
const compare = (times, baseline, candidate) => {
  const runs = Array.from({ length: times }, (_, index) => ({ base: baseline(index), ours: candidate(index) }))
  const of = (who, figure) => median(runs.map((one) => one[who][figure]))
  return {
    base: { wall: of("base", "wall"), cpu: of("base", "cpu") },
    ours: { wall: of("ours", "wall"), cpu: of("ours", "cpu") }
  }
}

const rows = []
const report = (what, base, ours, unit, budget, kept) => {
  rows.push(kept)
  const ratio = base === null ? "" : `${(ours / base).toFixed(2)}×`
  const figure = (number) => number === null ? "" : `${number.toFixed(unit === "ms" ? 0 : 1)} ${unit}`
  console.log(
    `${kept ? "✓" : "✗"} ${what.padEnd(46)} ${figure(base).padStart(9)} ${figure(ours).padStart(9)} ${
      ratio.padStart(7)
    }  budget: ${budget}`
  )
}

const inFolder = (use) => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Start-up, beside `node -e 0`. */
const startUp = () =>
  inFolder((folder) => {
    const options = { cwd: folder, env: { ...process.env, SLIPWAY_HOME: join(folder, "home") } }
    const node = () => measure([process.execPath, "-e", "0"], options)
    const commands = [
      ["--version", 1.3],
      ["--help", 1.3],
      ["completions bash", 1.3],
      // Any other command: it starts, finds nothing to list, and ends.
      ["worktrees", 3.5]
    ]
    for (const [words, limit] of commands) {
      const command = [...slipway, ...words.split(" ")]
      measure(command, options)
      const { base, ours } = compare(15, node, () => measure(command, options))
      report(`slipway ${words} / node -e 0`, base.wall, ours.wall, "ms", `${limit}×`, ours.wall / base.wall <= limit)
    }
  })

/** `impl` and `done` without a sandbox, beside git's own commands. */
const worktreeOnly = () => {
  const project = makeSampleProject({ withContainers: false })
  try {
    const options = { cwd: project.checkout, env: project.variables }
    const plain = (index) => join(project.folder, `plain-${index}`)
    const git = (...words) => measure(["git", ...words], options)
    measure([...slipway, "impl", "warm", "--offline"], options)
    measure([...slipway, "done", "warm"], options)
    const made = compare(
      9,
      (index) => git("worktree", "add", "--quiet", "-b", `plain-${index}`, plain(index), "origin/main"),
      (index) => measure([...slipway, "impl", `f${index}`, "--offline"], options)
    )
    report(
      "impl / git worktree add (CPU)",
      made.base.cpu,
      made.ours.cpu,
      "ms",
      "+120 ms",
      made.ours.cpu - made.base.cpu <= 120
    )
    const removed = compare(
      9,
      (index) => {
        const worktree = git("worktree", "remove", plain(index))
        const branch = git("branch", "--quiet", "-D", `plain-${index}`)
        return { wall: worktree.wall + branch.wall, cpu: worktree.cpu + branch.cpu }
      },
      (index) => measure([...slipway, "done", `f${index}`], options)
    )
    report(
      "done / git worktree remove, branch -d (CPU)",
      removed.base.cpu,
      removed.ours.cpu,
      "ms",
      "+120 ms",
      removed.ours.cpu - removed.base.cpu <= 120
    )
  } finally {
    rmSync(project.folder, { recursive: true, force: true })
  }
}

/**
 * `impl` with a sandbox, beside the same `docker compose up` typed by hand and its health endpoint: for a service that
 * answers at once, and for one that takes some seconds, as most do.
 */
const withSandbox = () => {
  sandboxOf({ what: "impl with sandbox / compose up by hand", seconds: 0, times: 7 })
  sandboxOf({ what: "the same, service up after 5 s", seconds: 5, times: 3 })
}

const sandboxOf = ({ seconds, times, what }) => {
  const project = makeSampleProject({ withContainers: true })
  const options = { cwd: project.checkout, env: project.variables }
  try {
    mkdirSync(join(project.checkout, ".devops-ai"))
    writeFileSync(
      join(project.checkout, ".devops-ai/infra.toml"),
      `[project]
name = "slipway-bench"

[sandbox]
compose_file = "${composeFile}"

[sandbox.health]
endpoint = "/"
port_var = "WEB_PORT"

[sandbox.ports]
WEB_PORT = 18080
`
    )
    const serve = "exec /bin/busybox httpd -f -p 80 -h /www"
    const command = JSON.stringify(["/bin/busybox", "sh", "-c", `/bin/busybox sleep ${seconds}; ${serve}`])
    const path = join(project.checkout, composeFile)
    writeFileSync(path, readFileSync(path, "utf8").replace("    init: true\n", `$&    command: ${command}\n`))
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "Describe the sandbox")
    project.git("push", "--quiet")
    const ours = (index) => measure([...slipway, "impl", `f${index}`, "--offline"], options)
    // The same files, typed by hand in the place of the sandbox that has just been taken away.
    const byHand = (index) => {
      const worktree = join(project.folder, `slipway-bench-impl-f${index}`)
      const slotFolder = join(project.variables.SLIPWAY_HOME, "slots", "slipway-bench-1")
      const compose = [
        "docker",
        "compose",
        "-p",
        "slipway-bench-slot-1",
        "--project-directory",
        worktree,
        "-f",
        join(worktree, composeFile),
        "-f",
        join(slotFolder, "docker-compose.override.yml"),
        "--env-file",
        join(slotFolder, ".env.sandbox")
      ]
      measure([...compose, "down", "--volumes", "--rmi", "local"], options)
      const untilHealthy = "until curl -sf http://localhost:18081/ >/dev/null 2>&1; do sleep 0.01; done"
      const up = measure(["sh", "-c", `"$@" && ${untilHealthy}`, "sh", ...compose, "up", "-d", "--build"], options)
      measure([...slipway, "done", `f${index}`], options)
      return up
    }
    const pair = (index) => {
      const made = ours(index)
      return { base: byHand(index), ours: made }
    }
    pair(100)
    const pairs = Array.from({ length: times }, (_, index) => pair(index))
    const base = median(pairs.map((one) => one.base.wall))
    const slip = median(pairs.map((one) => one.ours.wall))
    report(what, base, slip, "ms", "10 % + 150 ms", slip <= base * 1.1 + 150)
  } finally {
    rmSync(project.folder, { recursive: true, force: true })
  }
}

/** `worktrees` and `status` with twenty worktrees, five of them dirty. */
const listing = () => {
  const project = makeSampleProject({ withContainers: false })
  try {
    const memory = join(project.folder, "memory")
    const hook = `data:text/javascript,${
      encodeURIComponent(
        `import fs from "node:fs";process.on("exit",()=>fs.writeFileSync(${
          JSON.stringify(memory)
        },String(process.resourceUsage().maxRSS)))`
      )
    }`
    const options = { cwd: project.checkout, env: project.variables }
    for (let index = 0; index < 20; index++) measure([...slipway, "impl", `f${index}`, "--offline"], options)
    for (let index = 0; index < 5; index++) {
      appendFileSync(join(project.folder, `slipway-demo-impl-f${index}`, "www", "index.html"), "more\n")
    }
    const cases = [["worktrees", ["worktrees"]], ["status", ["status", "f1"]]]
    for (const [name, words] of cases) {
      const { base, ours } = compare(
        9,
        () => measure([process.execPath, "-e", "0"], options),
        () => measure([...slipway, ...words], options)
      )
      report(`${name}, 20 worktrees, 5 dirty`, base.wall, ours.wall, "ms", "300 ms", ours.wall <= 300)
      const [program, ...rest] = slipway
      measure([program, `--import=${hook}`, ...rest, ...words], options)
      const mebibytes = Number(readFileSync(memory, "utf8")) / 1024
      report(`${name}, memory`, null, mebibytes, "MiB", "80 MiB", mebibytes <= 80)
    }
  } finally {
    rmSync(project.folder, { recursive: true, force: true })
  }
}

/** Fifty `impl` at once, beside fifty `git worktree add` at once. */
const fifty = async () => {
  const project = makeSampleProject({ withContainers: false })
  try {
    const options = { cwd: project.checkout, env: project.variables }
    const atOnce = async (command) => {
      const start = process.hrtime.bigint()
      const codes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          new Promise((resolve) => {
            const [program, ...words] = command(index)
            spawn(program, words, { ...options, stdio: "ignore" }).on("close", resolve)
          }))
      )
      return { wall: Number(process.hrtime.bigint() - start) / 1e6, failed: codes.filter((code) => code !== 0).length }
    }
    const node = await atOnce(() => [process.execPath, "-e", "0"])
    const git = await atOnce((index) => [
      "git",
      "worktree",
      "add",
      "--quiet",
      "--no-track",
      "-b",
      `plain-${index}`,
      join(project.folder, `plain-${index}`),
      "origin/main"
    ])
    const ours = await atOnce((index) => [...slipway, "impl", `f${index}`, "--offline"])
    report(
      "50 impl at once / 50 node -e 0 and worktree add",
      node.wall + git.wall,
      ours.wall,
      "ms",
      "0 failed",
      ours.failed === 0
    )
  } finally {
    rmSync(project.folder, { recursive: true, force: true })
  }
}

/** The one next action, and the list of features. */
const features = async () => {
  const tools = { compare, inFolder, measure, report, slipway }
  await nextOfLongLog(tools)
  await listOfFeatures(tools)
}

/** Expanding batches and running them. */
const batches = () => {
  const tools = { compare, inFolder, measure, report, slipway }
  expandMany(tools)
  manySmallTasks(tools)
  oneRepository(tools)
  memoryOfRuns(tools)
}

const groups = { startUp, worktreeOnly, listing, features, batches, fifty, withSandbox }
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(groups, name))
if (unknown.length > 0) {
  console.error(`✗ nothing is called ${unknown.join(", ")}; there are: ${Object.keys(groups).join(", ")}`)
  process.exit(2)
}
if (run([process.execPath, "--run", "bundle"], { cwd: join(root, "packages", "cli"), stdio: "ignore" }) !== 0) {
  throw new Error("the command line could not be built: `pnpm bundle` tells why")
}
console.log(`${"".padEnd(48)} ${"baseline".padStart(9)} ${"slipway".padStart(9)} ${"ratio".padStart(7)}`)
for (const [name, group] of Object.entries(groups)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const missing = name === "withSandbox" ? missingForContainers() : null
  if (missing === null) await group()
  else console.log(`- ${name} was not measured: ${missing}`)
}
process.exitCode = rows.every(Boolean) ? 0 : 1
