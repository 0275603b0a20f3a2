/**
 * One task over two repositories, from a program without Effect: events while it runs, the result at the end.
 *
 * Run it: `node examples/batch.ts`
 */
import { connect, type Slipway } from "@slipway/node-adapters"
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const say = (text: string) => process.stdout.write(`${text}\n`)

const files = `
apiVersion: kubetask.io/v1alpha1
kind: Batch
metadata: {name: add-licence}
spec:
  commonContext:
    - {type: File, file: {name: LICENSE, source: {inline: "MIT License"}}}
  variableContexts:
    - [{type: Repository, repository: {org: myorg, repo: service-a, branch: main}}]
    - [{type: Repository, repository: {org: myorg, repo: service-b, branch: main}}]
`

const tour = async (slipway: Slipway, remotes: string): Promise<void> => {
  const run = slipway.batch.run({
    files: ["batch.yaml"],
    name: "licence",
    host: `file://${remotes}/{org}/{repo}.git`,
    // Any program can be the agent; a coding agent goes by its name, such as "claude".
    command: "cp LICENSE service-*/ && echo copied",
    maxParallel: 1
  })
  for await (const event of run) {
    if (event.event === "attempt-finished") say(`${event.task}: ${event.result.outcome}`)
  }
  const { exitCode, progress } = await run.result
  say(`${progress.completed} of ${progress.total} went well, exit code ${exitCode}`)

  const log: Array<Uint8Array> = []
  for await (const bytes of slipway.batch.logs({ name: "licence", task: "service-b" })) log.push(bytes)
  say(`service-b says: ${Buffer.concat(log).toString().trim()}`)
}

const makeRemotes = (folder: string): string => {
  const remotes = join(folder, "remotes")
  for (const name of ["service-a", "service-b"]) {
    const remote = join(remotes, "myorg", `${name}.git`)
    mkdirSync(remote, { recursive: true })
    const git = (...words: ReadonlyArray<string>) => execFileSync("git", words, { cwd: remote, stdio: "ignore" })
    git("init", "--bare", "--initial-branch=main")
    const tree = execFileSync("git", ["mktree"], { cwd: remote, input: "", encoding: "utf8" }).trim()
    const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    const commit = execFileSync("git", [...identity, "commit-tree", tree, "-m", "Begin"], {
      cwd: remote,
      encoding: "utf8"
    })
    git("update-ref", "refs/heads/main", commit.trim())
  }
  return remotes
}

export const main = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-example-"))
  const slipway = await connect({ cwd: folder, home: join(folder, "home") })
  try {
    writeFileSync(join(folder, "batch.yaml"), files)
    await tour(slipway, makeRemotes(folder))
  } finally {
    await slipway.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) await main()
