import { assert, describe, it } from "@effect/vitest"
import { observabilityNetwork } from "@slipway/core"
import { Effect } from "effect"
import { copyFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { hasRealEngine, runCompose, runDocker, temporaryFolder } from "./RealCompose.ts"
import { resolveSandbox } from "./SandboxFixture.ts"

const image = "slipway-neighbours-busybox"

const compose = `
services:
  api: { image: ${image}, command: [sleep, "300"], stop_grace_period: 0s }
  db: { image: ${image}, command: [sleep, "300"], stop_grace_period: 0s, container_name: the-database }
`

const busyboxImage = Effect.acquireRelease(
  Effect.gen(function*() {
    const folder = yield* temporaryFolder
    copyFileSync("/bin/busybox", join(folder, "busybox"))
    writeFileSync(
      join(folder, "Dockerfile"),
      "FROM scratch\nCOPY busybox /bin/busybox\nENTRYPOINT [\"/bin/busybox\"]\n"
    )
    yield* runDocker("build", "--tag", image, folder)
  }),
  () => Effect.ignore(runDocker("rmi", "--force", image))
)

const sharedNetwork = runDocker("network", "create", observabilityNetwork).pipe(
  Effect.catch((error) => error.includes("already exists") ? Effect.void : Effect.fail(error))
)

/** Starts a sandbox in a slot; it goes with the scope. */
const start = Effect.fnUntraced(function*(slot: number) {
  const { call } = yield* resolveSandbox({
    files: { "docker-compose.yml": compose },
    project: "slipway-neighbours",
    slot
  })
  yield* Effect.acquireRelease(
    runCompose(call, "up", "--detach"),
    () => Effect.ignore(runCompose(call, "down", "--volumes"))
  )
  return call.project
})

/** The addresses that a name has for a service, and those that another container has. */
const addressesOf = (project: string, name: string) =>
  Effect.map(
    runDocker("exec", `${project}-api-1`, "/bin/busybox", "nslookup", "-type=a", name, "127.0.0.11"),
    (answer) => [...answer.matchAll(/^Address: (\d+\.\d+\.\d+\.\d+)$/gmu)].map(([, address]) => address)
  )

const ownAddresses = (container: string) =>
  Effect.map(
    runDocker("inspect", container, "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"),
    (text) => text.trim().split(" ")
  )

describe.skipIf(!hasRealEngine)("sandboxes of several slots on the shared network", () => {
  it.live("a service finds its own neighbours, under all their names, and none of another slot", () =>
    Effect.gen(function*() {
      yield* busyboxImage
      yield* sharedNetwork
      const projects = yield* Effect.forEach([1, 2, 3], start)
      for (const project of projects) {
        const own = yield* ownAddresses(`${project}-db-1`)
        for (const name of ["db", "the-database"]) {
          const seen = yield* addressesOf(project, name)
          assert.isNotEmpty(seen, `${project} does not find ${name}`)
          for (const address of seen) assert.include(own, address, `${name} of ${project}`)
        }
      }
    }).pipe(Effect.scoped))
})
