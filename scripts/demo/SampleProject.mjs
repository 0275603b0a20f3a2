import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { staticBusybox } from "./Engine.mjs"

const composeFile = `services:
  web:
    build: .
    init: true
    ports:
      - "18080:80"
`

const imageFile = `FROM scratch
COPY bin/busybox /bin/busybox
COPY www /www
CMD ["/bin/busybox", "httpd", "-f", "-p", "80", "-h", "/www"]
`

/**
 * A git repository with a remote of its own: a web page served from a container, or without containers the page alone.
 * Its git and its Slipway see nothing of the caller's configuration.
 */
export const makeSampleProject = ({ withContainers }) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "slipway-demo-")))
  const checkout = join(folder, "slipway-demo")
  const remote = join(folder, "remote.git")
  const variables = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"))),
    GIT_CONFIG_GLOBAL: join(folder, "gitconfig"),
    GIT_CONFIG_NOSYSTEM: "1",
    SLIPWAY_HOME: join(folder, "home")
  }
  const git = (...words) => {
    const { status, stderr } = spawnSync("git", words, { cwd: checkout, encoding: "utf8", env: variables })
    if (status !== 0) throw new Error(`git ${words.join(" ")}: ${stderr}`)
  }

  mkdirSync(join(checkout, "www"), { recursive: true })
  writeFileSync(
    join(folder, "gitconfig"),
    "[user]\n\tname = Demo\n\temail = demo@example.org\n[init]\n\tdefaultBranch = main\n"
  )
  writeFileSync(join(checkout, "www", "index.html"), "<h1>A sample shop</h1>\n")
  if (withContainers) {
    mkdirSync(join(checkout, "bin"))
    copyFileSync(staticBusybox(), join(checkout, "bin", "busybox"))
    writeFileSync(join(checkout, "Dockerfile"), imageFile)
    writeFileSync(join(checkout, "docker-compose.yml"), composeFile)
  }
  git("init", "--quiet")
  git("add", "--all")
  git("commit", "--quiet", "--message", "A sample shop")
  git("init", "--quiet", "--bare", remote)
  git("remote", "add", "origin", remote)
  git("push", "--quiet", "--set-upstream", "origin", "main")

  return {
    folder,
    checkout,
    variables,
    git,
    worktree: (feature, milestone) => join(folder, `slipway-demo-impl-${feature}-${milestone}`)
  }
}
