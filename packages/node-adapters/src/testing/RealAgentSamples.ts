import { type AgentBehaviour, AgentSamples, type SampleJob } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { docker } from "./RealEngine.ts"

/** What differs between the runners. */
interface Kind {
  readonly image: string
  readonly unable: Partial<SampleJob>
  /** Leaves something of a run; gives what takes it away. */
  readonly leave: (uid: string) => Promise<() => Promise<unknown>>
  readonly left: (uid: string) => Promise<number>
}

/** Jobs for processes of this machine. */
export const processAgentSamplesLayer: Layer.Layer<AgentSamples> = Layer.sync(AgentSamples, () =>
  samples({
    image: "",
    unable: { command: ["slipway-nonesuch"] },
    leave: async (uid) => {
      const child = spawn("sleep", ["600"], {
        detached: true,
        stdio: "ignore",
        env: { PATH: process.env["PATH"], SLIPWAY_ATTEMPT: `${uid}/0/1` }
      })
      return async () => child.kill("SIGKILL")
    },
    left: async (uid) => {
      const found = await Promise.all(
        (await fs.readdir("/proc")).filter((name) => /^\d+$/u.test(name)).map(async (pid) => {
          const read = (name: string) => fs.readFile(`/proc/${pid}/${name}`, "latin1").catch(() => "")
          const isMarked = (await read("environ")).includes(`SLIPWAY_ATTEMPT=${uid}/`)
          return isMarked && !/\) [ZX] /u.test(await read("stat"))
        })
      )
      return found.filter((isMarked) => isMarked).length
    }
  }))

/** Of the static busybox. */
const buildImage = async (): Promise<string> => {
  const folder = await fs.mkdtemp(join(tmpdir(), "slipway-agent-image-"))
  const image = `slipway-agent-contract:${randomUUID().slice(0, 8)}`
  await fs.copyFile("/bin/busybox", join(folder, "busybox"))
  await fs.writeFile(
    join(folder, "Dockerfile"),
    "FROM scratch\nCOPY busybox /bin/busybox\nRUN [\"/bin/busybox\", \"--install\", \"-s\", \"/bin\"]\nENV PATH=/bin\n"
  )
  await docker("build", "--quiet", "--tag", image, folder)
  await fs.rm(folder, { recursive: true, force: true })
  return image
}

/** Jobs for the engine of this machine, with an image that needs no registry. */
export const dockerAgentSamplesLayer: Layer.Layer<AgentSamples> = Layer.effect(
  AgentSamples,
  Effect.map(
    Effect.acquireRelease(Effect.promise(buildImage), (image) => Effect.promise(() => docker("rmi", "--force", image))),
    (image) =>
      samples({
        image,
        unable: { image: `127.0.0.1:9/slipway-nonesuch:${randomUUID().slice(0, 8)}` },
        leave: async (uid) => {
          const args = ["run", "--detach", "--init", "--label", `slipway.batch.run=${uid}`]
          const [id = ""] = await docker(...args, image, "sleep", "600")
          return () => docker("rm", "--force", id)
        },
        left: async (uid) =>
          (await docker("ps", "--all", "--quiet", "--filter", `label=slipway.batch.run=${uid}`)).length
      })
  )
)

const samples = (kind: Kind): AgentSamples["Service"] => {
  const job = (command: SampleJob["command"]) =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.promise(async () => await fs.realpath(await fs.mkdtemp(join(tmpdir(), "slipway-agent-")))),
        (path) => Effect.promise(() => fs.rm(path, { recursive: true, force: true }))
      )
      const [workspace, home] = [join(folder, "workspace"), join(folder, "home")]
      yield* Effect.promise(() => Promise.all([fs.mkdir(workspace), fs.mkdir(home)]))
      const sample: SampleJob = {
        key: { uid: randomUUID(), run: "run", index: 0, attempt: 1 },
        task: "run-task-0",
        namespace: "default",
        command,
        image: kind.image,
        variables: { TASK_NAME: "run-task-0", WORKSPACE_DIR: workspace, HOME: home },
        workspace,
        home,
        readOnlyFolders: [],
        labels: {}
      }
      return sample
    })
  const shell = (script: string) => job(["sh", "-c", script])
  return AgentSamples.of({
    make: (behaviour) => shell(scriptOf(behaviour)),
    shell,
    unable: Effect.map(shell("true"), (sample) => ({ ...sample, ...kind.unable })),
    leave: Effect.gen(function*() {
      const uid = randomUUID()
      yield* Effect.acquireRelease(
        Effect.promise(() => kind.leave(uid)),
        (takeAway) => Effect.promise(takeAway)
      )
      return uid
    }),
    left: (uid) => Effect.promise(() => kind.left(uid)),
    file: ({ workspace }, name) => Effect.promise(() => fs.readFile(join(workspace, name), "utf8").catch(() => null))
  })
}

const scriptOf = ({ exitCode, isDeaf = false, output = [] }: AgentBehaviour): string =>
  [
    ...(isDeaf ? ["trap '' TERM"] : []),
    ...output.map(({ bytes, stream }) =>
      `printf '${[...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}'${
        stream === "stderr" ? " >&2" : ""
      }`
    ),
    exitCode === undefined ? "while :; do sleep 1; done" : `exit ${exitCode}`
  ].join("; ")
