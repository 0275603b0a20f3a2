/**
 * Budgets of features: the one next action of a long log, and the list of ten thousand features.
 */
import { spawnSync } from "node:child_process"
import { hash } from "node:crypto"
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { root } from "../programs.mjs"

const sha256 = (text) => hash("sha256", text)
const ada = { kind: "human", id: "ada@example.org" }

/** The entries that events become, each chained to the one before, as lines of a log. */
const logOf = ({ appendToHistory }, events) => {
  let history = null
  return events.map((event, index) => {
    const at = new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString()
    const appended = appendToHistory(history, { at, actor: ada, event }, sha256)
    history = appended.history
    return appended.line
  })
}

const submitted = (artifact, path, text, more = {}) => ({
  _tag: "ArtifactSubmitted",
  artifact,
  path,
  sha256: sha256(text),
  commit: null,
  ...more
})

const approved = (artifact, text) => ({
  _tag: "ArtifactApproved",
  artifact,
  sha256: sha256(text),
  commit: null,
  selfApproved: true
})

const created = (title) => ({
  _tag: "FeatureCreated",
  title,
  description: "",
  branch: null,
  profile: "standard",
  waived: []
})

/** A feature in the middle of its work: 200 events, most of them about its sixty tasks. */
const longLog = () => {
  const texts = { spec: "# Spec", design: "# Design", tasks: "# Tasks", "qa-plan": "# QA" }
  const tasks = Array.from({ length: 60 }, (_, index) => ({
    task: `task-${String(index + 1).padStart(3, "0")}`,
    title: `Task ${index + 1}`,
    label: String(index + 1)
  }))
  const written = Object.entries(texts).flatMap(([artifact, text]) => [
    submitted(artifact, `${artifact}.md`, text, artifact === "tasks" ? { tasks } : {}),
    approved(artifact, text)
  ])
  const work = tasks.slice(0, 58).flatMap(({ task }, index) => [
    { _tag: "TaskStarted", task },
    { _tag: "TaskCompleted", task, commits: [sha256(task).slice(0, 40)] },
    ...(index < 58
      ? [{
        _tag: "CommentAdded",
        comment: `comment-${String(index + 1).padStart(3, "0")}`,
        kind: "note",
        text: "noted",
        phase: "implementation"
      }]
      : [])
  ])
  const notes = Array.from({ length: 17 }, (_, index) => ({
    _tag: "CommentResolved",
    comment: `comment-${String(index + 1).padStart(3, "0")}`,
    answer: "seen"
  }))
  return { texts, events: [created("A long one"), ...written, ...work, ...notes], tasks }
}

/** Median time of one call in microseconds, over batches. */
const microseconds = (call) => {
  const batch = 200
  for (let index = 0; index < 20 * batch; index++) call()
  const times = Array.from({ length: 31 }, () => {
    const start = process.hrtime.bigint()
    for (let index = 0; index < batch; index++) call()
    return Number(process.hrtime.bigint() - start) / 1e3 / batch
  })
  return times.toSorted((one, other) => one - other)[15]
}

/** `next` of a feature with 200 events, beside parsing its log as JSON. */
export const nextOfLongLog = async ({ report }) => {
  const core = await import(pathToFileURL(join(root, "packages/core/src/index.ts")).href)
  const { events, tasks, texts } = longLog()
  const lines = logOf(core, events)
  const { entries } = core.decodeLog(`${lines.join("\n")}\n`, "events.jsonl", sha256).success
  const present = Object.fromEntries(core.artifacts.map((artifact) => {
    const text = texts[artifact]
    return [artifact, { path: `${artifact}.md`, sha256: text === undefined ? null : sha256(text) }]
  }))
  const world = {
    texts: present,
    head: sha256("head").slice(0, 40),
    hasOwnCommits: true,
    contained: new Set(tasks.map(({ task }) => sha256(task).slice(0, 40))),
    mergeContainsHead: false,
    base: null,
    deploymentContainsMerge: false,
    released: new Set(),
    standing: new Set()
  }
  const view = () => ({ name: "long", state: core.foldFeature(entries), world, policy: core.defaultLifecyclePolicy })
  const known = view()
  if (entries.length !== 200 || core.nextAction(known).task_id !== "task-059") {
    throw new Error("the sample is another one")
  }
  const parse = microseconds(() => lines.map((line) => JSON.parse(line)))
  const classify = microseconds(() => core.nextAction(known))
  const both = microseconds(() => core.nextAction(view()))
  report("next, 200 events / parsing them as JSON", parse, classify, "µs", "20 µs", classify <= 20)
  report("fold and next, 200 events", parse, both, "µs", "20 µs", both <= 20)
}

const makeFeatures = (core, folder, count) => {
  for (let index = 0; index < count; index++) {
    const name = `feature-${index}`
    const path = `.ai/projects/${name}`
    mkdirSync(join(folder, path), { recursive: true })
    const spec = `# Feature ${index}\n\n${"It shall be so that somebody can do something.\n".repeat(20)}`
    writeFileSync(join(folder, path, "spec.md"), spec)
    const events = [
      created(`Feature ${index}`),
      submitted("spec", `${path}/spec.md`, spec),
      approved("spec", spec),
      { _tag: "CommentAdded", comment: "comment-001", kind: "question", text: "For whom?", phase: "planned" },
      { _tag: "CommentResolved", comment: "comment-001", answer: "For all." }
    ]
    writeFileSync(join(folder, path, "events.jsonl"), `${logOf(core, events).join("\n")}\n`)
  }
}

/** A list of ten thousand features of five events and one text each, beside a program that only reads and parses them. */
export const listOfFeatures = async ({ compare, inFolder, measure, report, slipway }) => {
  const core = await import(pathToFileURL(join(root, "packages/core/src/index.ts")).href)
  inFolder((folder) => {
    const options = { cwd: folder, env: { ...process.env, SLIPWAY_HOME: join(folder, "home") } }
    const git = (...words) => spawnSync("git", words, { cwd: folder, stdio: "ignore" })
    git("init", "--quiet", "--initial-branch=main")
    git(
      "-c",
      "user.email=ada@example.org",
      "-c",
      "user.name=Ada",
      "commit",
      "--quiet",
      "--allow-empty",
      "--message=Begin"
    )
    makeFeatures(core, folder, 10_000)
    if (readdirSync(join(folder, ".ai/projects")).length !== 10_000) throw new Error("the sample is another one")
    const reader = `const fs=require("fs");let n=0;for(const f of fs.readdirSync(".ai/projects")){
      fs.readFileSync(".ai/projects/"+f+"/spec.md","utf8");
      for(const l of fs.readFileSync(".ai/projects/"+f+"/events.jsonl","utf8").trimEnd().split("\\n"))n+=JSON.parse(l).seq}
      if(n!==150000)process.exit(1)`
    const list = () => measure([...slipway, "feature", "list"], options)
    list()
    const { base, ours } = compare(5, () => measure([process.execPath, "-e", reader], options), list)
    report("feature list, 10,000 / reading and parsing them", base.wall, ours.wall, "ms", "1,000 ms", ours.wall <= 1000)
    const shown =
      spawnSync(slipway[0], [...slipway.slice(1), "feature", "list"], { ...options, encoding: "utf8" }).stdout
    if (shown.trimEnd().split("\n").length !== 10_001) throw new Error("not all features were listed")
  })
}
