/**
 * `npm run demo`: makes a small project in a temporary folder and takes two features through their life on it, with the
 * built command line: init, impl, status, worktrees, done. Leaves nothing behind; safe to repeat.
 */
import { appendFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { missingForContainers, networks } from "./demo/Engine.mjs"
import { makeSampleProject } from "./demo/SampleProject.mjs"
import { capture, root, run } from "./programs.mjs"

const features = ["checkout", "search"]
const milestone = "M1"
const sharedNetwork = "devops-ai-observability"

const main = async () => {
  const bundled = run([process.execPath, "--run", "bundle"], { cwd: join(root, "packages", "cli"), stdio: "ignore" })
  if (bundled !== 0) throw new Error("the command line could not be built: `pnpm bundle` tells why")

  const missing = missingForContainers()
  const networksBefore = missing === null ? networks() : []
  const project = makeSampleProject({ withContainers: missing === null })
  say(`a sample project is in ${project.checkout}`)
  if (missing !== null) say(`no containers in this run: ${missing}. Everything else follows.`)

  const left = new Set()
  try {
    slipway(project, project.checkout, "init", "--yes")
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "Set up Slipway")
    project.git("push", "--quiet")

    for (const feature of features) {
      left.add(feature)
      const worktree = slipway(project, project.checkout, "impl", `${feature}/${milestone}`)
      expect(worktree === 0, `the worktree of ${feature} was not made`)
    }

    const [first] = features
    const words = `${first} was here`
    appendFileSync(join(project.worktree(first, milestone), "www", "index.html"), `<p>${words}</p>\n`)
    if (missing === null) {
      say(`a page is changed in the worktree of ${first}; the sandbox of the other feature does not show it:`)
      slipway(project, project.worktree(first, milestone), "sandbox", "start")
      const pages = await visit(project)
      expect(pages.filter((page) => page.includes(words)).length === 1, "not just one sandbox shows the change")
    }
    slipway(project, project.worktree(first, milestone), "status")
    slipway(project, project.checkout, "worktrees")

    say("work that is nowhere else is not thrown away:")
    const refused = slipway(project, project.checkout, "done", `${first}-${milestone}`)
    expect(refused === 4, `\`done\` should have refused with exit code 4, and ended with ${refused}`)
    project.git("-C", project.worktree(first, milestone), "commit", "--quiet", "--all", "--message", `Add ${first}`)
    project.git("-C", project.worktree(first, milestone), "push", "--quiet", "origin", "HEAD")
    say("committed and pushed, it may go:")

    for (const feature of features) {
      const done = slipway(project, project.checkout, "done", `${feature}-${milestone}`)
      expect(done === 0, `\`done\` failed for ${feature}`)
      left.delete(feature)
    }
    slipway(project, project.checkout, "worktrees")
    say("done: nothing of it is left")
  } finally {
    for (const feature of left) {
      capture(
        command(project, "done", `${feature}-${milestone}`, "--force", "--yes"),
        options(project, project.checkout)
      )
    }
    if (missing === null && !networksBefore.includes(sharedNetwork)) {
      capture(["docker", "network", "rm", sharedNetwork])
    }
    rmSync(project.folder, { recursive: true, force: true })
  }
}

const command = (project, ...words) => [process.execPath, join(root, "packages/cli/dist/bin.js"), ...words]

const options = (project, directory) => ({ cwd: directory, env: project.variables })

/** Shows a command, runs it, and gives its exit code. */
const slipway = (project, directory, ...words) => {
  console.log(`\n$ slipway ${words.join(" ")}`)
  return run(command(project, ...words), options(project, directory))
}

/** Asks each sandbox for its page, as a browser would, and gives the pages. */
const visit = async (project) => {
  const { stdout } = capture(command(project, "worktrees", "--json"), options(project, project.checkout))
  const ports = [...stdout.matchAll(/http:\/\/localhost:(\d+)/gu)].map(([, port]) => port)
  expect(ports.length > 0, "no sandbox has an address")
  const pages = []
  for (const port of new Set(ports)) {
    const answer = await fetch(`http://localhost:${port}/`)
    expect(answer.ok, `the sandbox on port ${port} answered ${answer.status}`)
    pages.push((await answer.text()).trim())
    say(`http://localhost:${port}/ answers: ${pages.at(-1)}`)
  }
  return pages
}

const say = (text) => console.log(`\n» ${text}`)

const expect = (condition, text) => {
  if (!condition) throw new Error(text)
}

try {
  await main()
} catch (error) {
  console.error(`✗ ${error.message}`)
  process.exitCode = 1
}
