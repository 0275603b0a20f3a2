import { execFileSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

/** A repository to try things on, in a temporary folder that goes with it. */
export interface SampleRepository extends Disposable {
  /** The main checkout. */
  readonly root: string
  /** Folder of Slipway's state, so that your own stays untouched. */
  readonly home: string
  /** Whether it has a sandbox: only where a container engine answers. */
  readonly sandbox: boolean
}

/** Makes a repository with one commit and, where containers can run, a web server to run in them. */
export const makeSampleRepository = (): SampleRepository => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "slipway-example-")))
  const name = `example${process.pid}`
  const root = join(folder, name)
  const sandbox = canRunContainers()
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  write("README.md", "# Example\n")
  if (sandbox) {
    write("docker-compose.yml", compose)
    write("web/Dockerfile", dockerfile)
    write("web/page/index.html", "hello\n")
    write(".devops-ai/infra.toml", `[project]\nname = "${name}"\n\n${sandboxSection}`)
    copyFileSync(busybox, join(root, "web/busybox"))
  }
  const git = (...args: ReadonlyArray<string>) => execFileSync("git", args, { cwd: root, stdio: "pipe" })
  git("init", "--quiet", "--initial-branch=main")
  git("add", "--all")
  const author = ["-c", "user.name=Example", "-c", "user.email=example@example.org", "-c", "commit.gpgsign=false"]
  git(...author, "commit", "--quiet", "--message", "Begin")
  return {
    root,
    home: join(folder, "home"),
    sandbox,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true })
  }
}

/** The image is made from nothing but this program, so that no registry is needed. */
const busybox = "/bin/busybox"

const dockerfile = `FROM scratch
COPY busybox /bin/busybox
COPY page /page
CMD ["/bin/busybox", "httpd", "-f", "-p", "8080", "-h", "/page"]
`

/** The port is fixed, as in most projects. Slipway gives each sandbox its own without a change here. */
const compose = `services:
  web:
    build: ./web
    init: true
    stop_grace_period: 1s
    ports: ["18080:8080"]
`

const sandboxSection = `[sandbox]
compose_file = "docker-compose.yml"

[sandbox.ports]
WEB_PORT = 18080

[sandbox.health]
endpoint = "/index.html"
port_var = "WEB_PORT"
`

const canRunContainers = (): boolean => {
  if (!existsSync(busybox)) return false
  try {
    execFileSync("docker", ["version"], { stdio: "ignore", timeout: 10_000 })
    execFileSync("docker", ["compose", "version"], { stdio: "ignore", timeout: 10_000 })
    return true
  } catch {
    return false
  }
}
