import { type ComposeSample, ComposeSamples, type SampleProgram } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { clearProject, docker } from "./RealEngine.ts"

/** The static busybox that images are made of: no registry is needed. */
const busybox = "/bin/busybox"

const image: Readonly<Record<string, string>> = {
  Dockerfile: `FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
COPY exit /bin/exit
ENV PATH=/bin
`,
  exit: "#!/bin/sh\nexit $1\n"
}

/** Compose projects in temporary folders, for the engine of this machine. */
export const realComposeSamplesLayer: Layer.Layer<ComposeSamples> = Layer.succeed(
  ComposeSamples,
  ComposeSamples.of({
    freshName: Effect.acquireRelease(
      Effect.sync(() => freshName()),
      (name) => Effect.promise(() => clearProject(name))
    ),
    make: (compose, programs) =>
      Effect.acquireRelease(
        Effect.promise(() => makeSample(compose, programs)),
        ({ project }) =>
          Effect.promise(async () => {
            await clearProject(project.name)
            await fs.rm(project.directory, { recursive: true, force: true })
          })
      )
  })
)

const freshName = (): string => `slipway-contract-${randomUUID().slice(0, 8)}`

const makeSample = async (
  compose: string,
  programs: Readonly<Record<string, SampleProgram>>
): Promise<ComposeSample> => {
  const name = freshName()
  const directory = await fs.realpath(await fs.mkdtemp(join(tmpdir(), `${name}-`)))
  const write = async (file: string, text: string) => {
    await fs.writeFile(join(directory, file), withPrograms(text, programs))
    return join(directory, file)
  }
  await fs.mkdir(join(directory, "image"))
  for (const [file, text] of Object.entries(image)) {
    await fs.writeFile(join(directory, "image", file), text, { mode: 0o755 })
  }
  await fs.copyFile(busybox, join(directory, "image/busybox"))
  return {
    project: {
      name,
      directory,
      files: [await write("docker-compose.yml", compose)],
      envFiles: [],
      variables: {},
      profiles: []
    },
    write: (file, text) => Effect.promise(() => write(file, text)),
    freePort: Effect.scoped(takenPort),
    takenPort,
    print: (service, text) =>
      Effect.promise(async () => {
        await docker("exec", `${name}-${service}-1`, "sh", "-c", `printf '%s\\n' "$1" > /in`, "sh", text)
      })
  }
}

const takenPort = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
    const server = createServer((socket) => socket.destroy())
    server.listen(0, "0.0.0.0", () => {
      const address = server.address()
      const port = address === null || typeof address === "string" ? 0 : address.port
      resume(Effect.succeed({ port, close: () => server.close() }))
    })
  }),
  ({ close }) => Effect.sync(close)
).pipe(Effect.map(({ port }) => port))

/** Puts what a service shall do in the place of `__PROGRAM__`, at its indentation. */
const withPrograms = (text: string, programs: Readonly<Record<string, SampleProgram>>): string => {
  let service = ""
  return text.split("\n").flatMap((line) => {
    service = /^ {2}(\w+):/u.exec(line)?.[1] ?? service
    const indent = /^( *)__PROGRAM__$/u.exec(line)?.[1]
    return indent === undefined ? [line] : definition(programs[service] ?? {}).map((one) => `${indent}${one}`)
  }).join("\n")
}

const definition = (program: SampleProgram): ReadonlyArray<string> => [
  "build: ./image",
  "init: true",
  "stop_grace_period: 0s",
  `command: ${JSON.stringify(["/bin/sh", "-c", scriptOf(program)]).replaceAll("$", "$$$$")}`
]

/** Prints; then ends, or prints what others write to a pipe. */
const scriptOf = ({ exitCode, output = [] }: SampleProgram): string =>
  [
    ...output.map(({ stream, text }) => `printf '%s\\n' '${text}'${stream === "stderr" ? " >&2" : ""}`),
    ...(exitCode === undefined
      ? ["mkfifo /in", "while :; do read -r line < /in && printf '%s\\n' \"$line\"; done"]
      : [`exit ${exitCode}`])
  ].join("; ")
