import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { memorySlipwayLayer, type MemorySlipwayOptions } from "./MemorySlipway.ts"

/** The main checkout of the sample. */
export const shop = "/code/shop"

/** The worktree that `impl auth/M1` makes of the sample. */
export const shopWorktree = "/code/shop-impl-auth-M1"

const infra = `[project]
name = "shop"

[sandbox]
compose_file = "docker-compose.yml"

[sandbox.health]
endpoint = "/health"
port_var = "API_PORT"

[sandbox.ports]
API_PORT = 8000
`

const compose = `services:
  api:
    image: api
    ports: ["8000:80"]
    depends_on: [db]
  db:
    image: db
    volumes: ["data:/data"]
volumes:
  data:
`

/** The files of the sample: a project of two services, one of them with a health endpoint. */
const shopFiles: Readonly<Record<string, string>> = {
  [`${shop}/.devops-ai/infra.toml`]: infra,
  [`${shop}/docker-compose.yml`]: compose,
  [`${shop}/.gitignore`]: "*.local\n",
  [`${shop}/docs/designs/auth/implementation/M1_login.md`]: "# Login\n"
}

/** Slipway on a machine in memory that has the sample. */
export const shopLayer = (options: MemorySlipwayOptions = {}) =>
  memorySlipwayLayer({
    repositories: { [shop]: { remote: "origin" } },
    ...options,
    files: { ...shopFiles, ...options.files }
  })

/** Runs an effect while the test clock goes on, so that nobody waits for what waits. */
export const whileTimePasses = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
    while (fiber.pollUnsafe() === undefined) {
      yield* TestClock.adjust("100 millis")
      yield* Effect.yieldNow
    }
    return yield* Fiber.join(fiber)
  })
