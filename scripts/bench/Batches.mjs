/**
 * Budgets of batches: expanding them, what Slipway adds to each task, repositories that are fetched once, and memory that
 * does not grow with the number of tasks.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { root } from "../programs.mjs"

const source = (path) => pathToFileURL(join(root, path)).href
const coreSource = source("packages/core/src/index.ts")

/** Runs a script in a Node of its own and gives what it prints, as JSON. */
const inNode = (script, options = {}) => {
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ["--expose-gc", "--input-type=module", "-e", script],
    { encoding: "utf8", ...options }
  )
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** A hundred thousand tasks, beside the same lists made by hand. */
export const expandMany = ({ report }) => {
  const figures = inNode(`
    import { expand } from ${JSON.stringify(coreSource)}
    const file = (name) => ({ type: "File", file: { name, source: { inline: name } } })
    const commonContext = Array.from({ length: 5 }, (_, index) => file("common-" + index))
    const variableContexts = Array.from({ length: 100_000 }, (_, index) => [
      { type: "Repository", repository: { org: "o", repo: "r" + index, branch: "main" } },
      file("own.json")
    ])
    const timed = (make) => {
      make()
      const times = []
      let kept
      for (let round = 0; round < 7; round++) {
        const start = process.hrtime.bigint()
        kept = make()
        times.push(Number(process.hrtime.bigint() - start) / 1e6)
      }
      return { ms: times.toSorted((a, b) => a - b)[3], length: kept.length, last: kept.at(-1) }
    }
    const plain = timed(() => variableContexts.map((own, index) => ({ index, contexts: [...commonContext, ...own] })))
    const ours = timed(() => expand({ commonContext, variableContexts }))
    globalThis.gc()
    const before = process.memoryUsage().heapUsed
    const kept = expand({ commonContext, variableContexts })
    globalThis.gc()
    const mebibytes = (process.memoryUsage().heapUsed - before) / 1024 / 1024
    if (kept.length !== 100_000 || kept.at(-1).contexts.length !== 7) throw new Error("the sample is another one")
    console.log(JSON.stringify({ plain: plain.ms, ours: ours.ms, mebibytes }))
  `)
  report(
    "expand 100,000 tasks / concatenating by hand",
    figures.plain,
    figures.ours,
    "ms",
    "300 ms",
    figures.ours <= 300
  )
  report("expand 100,000 tasks, memory", null, figures.mebibytes, "MiB", "100 MiB", figures.mebibytes <= 100)
}

const batchFile = (count, contexts, command) => {
  const apiVersion = "kubetask.io/v1alpha1"
  const items = [
    { apiVersion, kind: "WorkspaceConfig", metadata: { name: "default" }, spec: { command } },
    {
      apiVersion,
      kind: "Batch",
      metadata: { name: "bench" },
      spec: {
        commonContext: [{ type: "File", file: { name: "task.md", source: { inline: "Do it." } } }],
        variableContexts: Array.from({ length: count }, () => contexts)
      }
    }
  ]
  return JSON.stringify({ apiVersion: "v1", kind: "List", items })
}

/** A thousand tasks of `true`, eight at once, beside `xargs -P 8` that makes the same folders and files. */
export const manySmallTasks = ({ compare, inFolder, measure, report, slipway }) =>
  inFolder((folder) => {
    const count = 1000
    const options = { cwd: folder, env: { ...process.env, SLIPWAY_HOME: join(folder, "home") } }
    writeFileSync(join(folder, "batch.json"), batchFile(count, [], ["true"]))
    const words = (
      index
    ) => ["batch", "run", "-f", "batch.json", "--name", `run-${index}`, "--max-parallel", "8", "--json"]
    const byHand = (index) => [
      "sh",
      "-c",
      `seq ${count} | xargs -P 8 -I{} sh -c 'mkdir -p plain-${index}/{} && cd plain-${index}/{} && echo Do it. > task.md && true > log 2>&1'`
    ]
    const { base, ours } = compare(
      3,
      (index) => measure(byHand(index), options),
      (index) => measure([...slipway, ...words(index)], options)
    )
    const overhead = (ours.wall - base.wall) / count
    report("1,000 tasks of true, 8 at once / xargs -P 8", base.wall, ours.wall, "ms", "+15 ms a task", overhead <= 15)
  })

/** A hundred tasks on one repository, beside `xargs -P 8` that clones it for each. */
export const oneRepository = ({ compare, inFolder, measure, report, slipway }) =>
  inFolder((folder) => {
    const count = 100
    const variables = {
      ...process.env,
      SLIPWAY_HOME: join(folder, "home"),
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_AUTHOR_NAME: "Ada",
      GIT_AUTHOR_EMAIL: "ada@example.org",
      GIT_COMMITTER_NAME: "Ada",
      GIT_COMMITTER_EMAIL: "ada@example.org"
    }
    const options = { cwd: folder, env: variables }
    const work = join(folder, "work")
    const remote = join(folder, "remotes/o/r.git")
    mkdirSync(work)
    for (let index = 0; index < 500; index++) {
      mkdirSync(join(work, `folder-${index % 20}`), { recursive: true })
      writeFileSync(join(work, `folder-${index % 20}/file-${index}.txt`), `${index}\n`.repeat(200))
    }
    const git = (directory, ...words) => {
      const { status, stderr } = spawnSync("git", words, { ...options, cwd: directory, encoding: "utf8" })
      if (status !== 0) throw new Error(stderr)
    }
    git(work, "init", "--quiet", "--initial-branch=main")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message=Begin")
    git(folder, "clone", "--quiet", "--bare", work, remote)
    const url = `file://${remote}`
    const contexts = [{ type: "Repository", repository: { org: "o", repo: "r", branch: "main" } }]
    writeFileSync(join(folder, "batch.json"), batchFile(count, contexts, ["true"]))
    const host = `file://${folder}/remotes/{org}/{repo}.git`
    const { base, ours } = compare(
      3,
      (index) =>
        measure([
          "sh",
          "-c",
          `seq ${count} | xargs -P 8 -I{} sh -c 'git clone --quiet ${url} plain-${index}/{} && cd plain-${index}/{} && true && git status --porcelain > /dev/null'`
        ], options),
      (index) =>
        measure([
          ...slipway,
          "batch",
          "run",
          "-f",
          "batch.json",
          "--name",
          `run-${index}`,
          "--host",
          host,
          "--max-parallel",
          "8",
          "--json"
        ], options)
    )
    report("100 tasks, one repository / xargs -P 8 git clone", base.wall, ours.wall, "ms", "1×", ours.wall <= base.wall)
  })

/** The largest memory of a run of a hundred tasks and of one of ten thousand. */
export const memoryOfRuns = ({ inFolder, report }) =>
  inFolder((folder) => {
    const largest = (count) => {
      const home = join(folder, `home-${count}`)
      return inNode(
        `
        import { Batches, BatchRunStore, makeRun } from ${JSON.stringify(coreSource)}
        import { nodeBatchesLayer, fileBatchRunStoreLayer, nodeHostLayer } from ${
          JSON.stringify(source("packages/node-adapters/src/index.ts"))
        }
        import { Effect, Layer, Stream } from ${
          JSON.stringify(source("packages/core/node_modules/effect/dist/index.js"))
        }
        const options = { variables: process.env, home: ${JSON.stringify(home)} }
        const source = "bench"
        const resource = (resource) => ({ resource, source, line: 1 })
        const { success } = makeRun({
          resources: [
            resource({ apiVersion: "kubetask.io/v1alpha1", kind: "WorkspaceConfig", metadata: { name: "default" }, spec: { command: ["true"] } }),
            resource({ apiVersion: "kubetask.io/v1alpha1", kind: "Batch", metadata: { name: "bench" }, spec: {
              commonContext: [{ type: "File", file: { name: "task.md", source: { inline: "Do it." } } }],
              variableContexts: Array.from({ length: ${count} }, () => [])
            } })
          ],
          folderValues: [],
          request: { directory: "/", files: [], name: "bench", maxParallel: 8 },
          uid: "bench" + ${count},
          suffix: "abcde",
          now: new Date().toISOString()
        })
        const store = fileBatchRunStoreLayer.pipe(Layer.provide(nodeHostLayer(options)))
        await Effect.runPromise(BatchRunStore.use((store) => store.create(success.snapshot, success.values)).pipe(Effect.provide(store)))
        let last
        await Effect.runPromise(Stream.runForEach(Stream.unwrap(Effect.map(Batches, (batches) => batches.resume("bench"))), (event) => Effect.sync(() => {
          last = event
        })).pipe(Effect.provide(nodeBatchesLayer(options))))
        if (last.standing.progress.completed !== ${count}) throw new Error(JSON.stringify(last.standing.progress))
        console.log(JSON.stringify(process.resourceUsage().maxRSS / 1024))
        `,
        { cwd: root }
      )
    }
    const few = largest(100)
    const many = largest(10_000)
    report("memory of 10,000 tasks / of 100", few, many, "MiB", "2×", many <= 2 * few)
  })
