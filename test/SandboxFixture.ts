import { assert } from "@effect/vitest"
import {
  basePortVariables,
  type ComposeDocument,
  hostPort,
  planOverride,
  renderEnvFile,
  type SandboxConfig,
  type Slot
} from "@slipway/core"
import { sandboxConfigSample } from "@slipway/core/testing"
import { Effect } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { realComposeVersion, resolveCompose, temporaryFolder } from "./RealCompose.ts"

/** A worktree to make and how its sandbox is configured. */
export interface SandboxFixture {
  /** Path below the worktree to text. */
  readonly files: Readonly<Record<string, string>>
  readonly config?: Partial<SandboxConfig>
  readonly slot?: number
  /** `khealth` when absent. */
  readonly project?: string
  readonly secrets?: Readonly<Record<string, string>>
  /** The worktree's folder name. */
  readonly folder?: string
}

/** Makes a worktree and plans its override from what Compose resolves, as a start does. */
export const arrangeSandbox = Effect.fnUntraced(function*(fixture: SandboxFixture) {
  const root = yield* temporaryFolder
  const worktree = join(root, fixture.folder ?? "khealth-impl-auth-M1")
  const main = join(root, "khealth")
  const slotFolder = join(root, "slots", "khealth-1")
  for (const [path, text] of Object.entries(fixture.files)) {
    mkdirSync(dirname(join(worktree, path)), { recursive: true })
    writeFileSync(join(worktree, path), text)
  }
  mkdirSync(slotFolder, { recursive: true })
  const config = sandboxConfigSample({ composeMode: "override", ...fixture.config })
  const number = fixture.slot ?? 1
  const project = fixture.project ?? "khealth"
  const slot: Slot = {
    slot_id: number,
    project,
    worktree_path: worktree,
    slot_dir: slotFolder,
    ports: Object.fromEntries(
      Object.entries(config.ports).map(([name, base]) => [name, hostPort(base, number, config.portStride)])
    ),
    claimed_at: "2026-02-08T15:30:00Z",
    status: "starting"
  }
  const composeProject = `${project}-slot-${number}`
  const slotVariables = {
    COMPOSE_PROJECT_NAME: composeProject,
    ...Object.fromEntries(Object.entries(slot.ports).map(([name, port]) => [name, String(port)])),
    ...config.env
  }
  const envFile = join(slotFolder, ".env.sandbox")
  writeFileSync(envFile, yield* Effect.fromResult(renderEnvFile(slotVariables)))
  const secretsFile = fixture.secrets === undefined ? null : join(worktree, ".env.secrets")
  if (secretsFile !== null) {
    writeFileSync(secretsFile, yield* Effect.fromResult(renderEnvFile(fixture.secrets ?? {})))
  }
  const composeFile = join(worktree, config.composeFile)
  const call = {
    project: composeProject,
    directory: worktree,
    files: [composeFile],
    envFiles: secretsFile === null ? [envFile] : [secretsFile, envFile],
    variables: slotVariables,
    profiles: ["*"]
  }
  const base = yield* resolveCompose({ ...call, variables: { ...slotVariables, ...basePortVariables(config) } })
  const planned = planOverride({
    document: base.document,
    config,
    slot,
    worktree,
    mainCheckout: main,
    gitCommonDirectory: join(main, ".git"),
    home: join(root, "home"),
    composeVersion: realComposeVersion ?? "2.26.1",
    secretsFile,
    generatedAt: "2026-02-08T15:30:00Z"
  })
  return { root, worktree, main, slotFolder, slot, call, planned }
})

/** The sandbox as Compose makes it of compose file and override. */
export const resolveSandbox = Effect.fnUntraced(function*(fixture: SandboxFixture) {
  const { call, planned, ...rest } = yield* arrangeSandbox(fixture)
  const plan = yield* Effect.fromResult(planned)
  const overrideFile = join(rest.slotFolder, "docker-compose.override.yml")
  writeFileSync(overrideFile, plan.text)
  const withOverride = { ...call, files: [...call.files, overrideFile] }
  const resolved = yield* resolveCompose(withOverride)
  return { ...rest, call: withOverride, plan, ...resolved }
})

/** A service that must be there. */
export const serviceOf = (document: ComposeDocument, name: string) => {
  const service = document.services[name]
  assert.isDefined(service, name)
  return service
}

/** Host ports by service, container port and protocol, such as `api 80/tcp`. */
export const published = (document: ComposeDocument): Readonly<Record<string, string | null>> =>
  Object.fromEntries(
    Object.entries(document.services).flatMap(([name, service]) =>
      (service.ports ?? []).map((port) => [
        `${name} ${port.host_ip === undefined ? "" : `${port.host_ip}:`}${port.target}/${port.protocol}`,
        port.published ?? null
      ])
    )
  )

/** A compose file that knows nothing of Slipway: names, ports and a volume that only one copy of it can have. */
export const untouchedComposeFile = `
services:
  api:
    build: .
    image: acme/api:dev
    container_name: api
    ports: ["8080:80", "127.0.0.1:9229:9229"]
    environment: { OTEL_RESOURCE_ATTRIBUTES: "service.name=api,service.namespace=old", PRICE: "5$$" }
    env_file: .env.own
    volumes: ["./src:/app/src:ro", "data:/var/lib/data", "/cache"]
    depends_on: [db]
  worker:
    image: acme/api:dev
    command: [work]
  db:
    image: postgres:16
    container_name: fixed-db
    ports: ["5432:5432"]
    volumes: ["pg:/var/lib/postgresql/data"]
volumes:
  data: { name: shared-data }
  pg: {}
`
