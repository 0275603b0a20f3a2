import { Context, Effect, Layer, Schema, Stream } from "effect"
import type { JournalUnavailable, PlannedStep } from "../operation/Journal.ts"
import { Operations } from "../operation/Operations.ts"
import type { CommandLine } from "../project/CommandLine.ts"
import type { ConfigInvalid } from "../project/ConfigInvalid.ts"
import { Projects } from "../project/Project.ts"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import type { NotARepository } from "../project/Repository.ts"
import { composeProjectOf, type Slot } from "../slot/Slot.ts"
import type { RegistryError } from "../slot/SlotRegistry.ts"
import { Slots } from "../slot/Slots.ts"
import type { GitFailed } from "../worktree/Git.ts"
import { Compose, type ComposeFailed, type ComposeMissing, type ComposeProject } from "./Compose.ts"
import { type Container, Containers, type EngineUnavailable, type LogLine } from "./Containers.ts"
import { provisionStep, sandboxSteps, setupStep } from "./ImplPlan.ts"
import { Inventory, type KnownWorktree } from "./Inventory.ts"
import { demandHealthy, type LaunchError, type SandboxNotHealthy } from "./LaunchError.ts"
import { isPresent } from "./OverviewRules.ts"
import { type ApprovalRequired, Provisioning, type SetupFailed } from "./Provisioning.ts"
import { type Launched, SandboxLauncher } from "./SandboxLauncher.ts"
import type { SandboxReport } from "./SandboxReport.ts"
import { type SelectionError, selectWorktree } from "./Selection.ts"
import { composeCopyOf, portVariables, slotFiles } from "./Teardown.ts"

/** The project has no `[sandbox]`, so its worktrees have none. */
export class NoSandboxConfigured extends Schema.TaggedError<NoSandboxConfigured>()("NoSandboxConfigured", {
  project: Schema.String
}) {
  readonly code = "config-missing" as const
  override get message(): string {
    return `${this.project} has no [sandbox] in .devops-ai/infra.toml`
  }
  get hint(): string {
    return "Run `slipway init` first"
  }
}

/** The worktree has no sandbox. */
export class SandboxMissing extends Schema.TaggedError<SandboxMissing>()("SandboxMissing", {
  name: Schema.String
}) {
  readonly code = "sandbox-missing" as const
  override get message(): string {
    return `${this.name} has no sandbox`
  }
  get hint(): string {
    return `\`slipway sandbox start ${this.name}\` starts one`
  }
}

/** The folder of the worktree is gone. */
export class WorktreeVanished extends Schema.TaggedError<WorktreeVanished>()("WorktreeVanished", {
  name: Schema.String,
  path: Schema.String
}) {
  readonly code = "worktree-missing" as const
  override get message(): string {
    return `the worktree ${this.path} is gone`
  }
  get hint(): string {
    return `\`slipway done ${this.name}\` clears what is left of it`
  }
}

/** The sandbox has no such service, or it does not run. */
export class ServiceUnknown extends Schema.TaggedError<ServiceUnknown>()("ServiceUnknown", {
  service: Schema.String,
  services: Schema.Array(Schema.String)
}) {
  readonly code = "service-unknown" as const
  override get message(): string {
    return `the sandbox has no service ${JSON.stringify(this.service)}`
  }
  get hint(): string {
    return this.services.length === 0 ? "none of its containers exist" : `it has ${this.services.join(", ")}`
  }
}

/** The containers exist but do not run. */
export class SandboxNotRunning extends Schema.TaggedError<SandboxNotRunning>()("SandboxNotRunning", {
  name: Schema.String,
  service: Schema.NullOr(Schema.String)
}) {
  readonly code = "sandbox-not-running" as const
  override get message(): string {
    return this.service === null
      ? `the sandbox of ${this.name} does not run`
      : `service ${this.service} of ${this.name} does not run`
  }
  get hint(): string {
    return `\`slipway sandbox start ${this.name}\` starts it`
  }
}

/** Which sandbox: by the worktree's name, or the worktree that the folder stands in. */
export interface SandboxRequest {
  readonly directory: string
  readonly name?: string
}

/** What a start can be asked for. */
export interface StartRequest extends SandboxRequest {
  readonly approve?: boolean
  readonly requireHealthy?: boolean
}

/** Why there is no sandbox to work with. */
export type SandboxError = RegistryError | SelectionError | SandboxMissing | EngineUnavailable

/** Why a sandbox was not started. */
export type StartError =
  | RegistryError
  | SelectionError
  | NotARepository
  | GitFailed
  | ConfigInvalid
  | FileUnavailable
  | NoSandboxConfigured
  | WorktreeVanished
  | ApprovalRequired
  | SetupFailed
  | LaunchError
  | SandboxNotHealthy
  | JournalUnavailable

/** The sandbox of an existing worktree. */
export class Sandboxes extends Context.Service<Sandboxes, {
  /** What `start` would do now; changes nothing. */
  readonly planStart: (request: SandboxRequest) => Effect.Effect<ReadonlyArray<PlannedStep>, StartError>
  /**
   * Builds and starts it with the worktree's present files, claiming a slot and provisioning what is missing first, and
   * running setup commands that did not end well: the way on after anything that went wrong. Containers that did not
   * change go on running.
   */
  readonly start: (request: StartRequest) => Effect.Effect<SandboxReport, StartError>
  /** Stops the containers; slot, volumes and containers are kept. */
  readonly stop: (
    request: SandboxRequest
  ) => Effect.Effect<void, SandboxError | ComposeFailed | ComposeMissing | FileUnavailable | JournalUnavailable>
  /** Restarts the containers of some services, or of all. */
  readonly restart: (
    request: SandboxRequest & { readonly services?: ReadonlyArray<string> }
  ) => Effect.Effect<
    void,
    SandboxError | ComposeFailed | ComposeMissing | FileUnavailable | ServiceUnknown | JournalUnavailable
  >
  /** The output of its containers, of some services or of all. */
  readonly logs: (
    request: SandboxRequest & {
      readonly services?: ReadonlyArray<string>
      readonly tail?: number
      readonly follow?: boolean
    }
  ) => Stream.Stream<LogLine, SandboxError | ServiceUnknown>
  /** Runs a program in a running service with the caller's terminal; gives its exit code. */
  readonly exec: (
    request: SandboxRequest & {
      readonly service: string
      readonly command: ReadonlyArray<string>
      readonly terminal: boolean
      /** Where its stdout goes: `stdout` by default. */
      readonly output?: "stdout" | "stderr"
    }
  ) => Effect.Effect<
    number,
    SandboxError | ServiceUnknown | SandboxNotRunning | ComposeFailed | ComposeMissing | FileUnavailable
  >
}>()("@slipway/core/sandbox/Sandboxes") {
  static readonly layer = Layer.effect(
    Sandboxes,
    Effect.gen(function*() {
      const compose = yield* Compose
      const engine = yield* Containers
      const files = yield* ProjectFiles
      const inventory = yield* Inventory
      const launcher = yield* SandboxLauncher
      const operations = yield* Operations
      const projects = yield* Projects
      const provisioning = yield* Provisioning
      const slots = yield* Slots

      const select = Effect.fnUntraced(function*(request: SandboxRequest) {
        return (yield* selectWorktree(yield* inventory.observe(request.directory), request)).known
      })

      const selectSandbox = Effect.fnUntraced(function*(request: SandboxRequest) {
        const known = yield* select(request)
        if (known.slot === null) return yield* new SandboxMissing({ name: known.identity.name })
        const containers = yield* engine.list({ project: composeProjectOf(known.slot) })
        return { known, slot: known.slot, containers }
      })

      const selectStartable = Effect.fnUntraced(function*(request: SandboxRequest) {
        const known = yield* select(request)
        if (!isPresent(known) || known.repository === null) {
          return yield* new WorktreeVanished({ name: known.identity.name, path: known.path })
        }
        const project = yield* projects.of(known.repository)
        const sandbox = project.config?.sandbox ?? null
        if (sandbox === null) return yield* new NoSandboxConfigured({ project: project.name })
        const commands = project.config?.worktree.setup ?? []
        const setup = commands.length > 0 && (yield* provisioning.needsSetup(known.path)) ? commands : []
        return { known, project, sandbox, repository: known.repository, setup }
      })

      const planStart = Effect.fn("Sandboxes.planStart")(function*(request: SandboxRequest) {
        const { known, setup } = yield* selectStartable(request)
        yield* launcher.assertUsable
        return startSteps(known, setup)
      })

      const start = Effect.fn("Sandboxes.start")(function*(request: StartRequest) {
        const target = yield* selectStartable(request)
        const approval = { repository: target.repository.main, approve: request.approve === true }
        yield* provisioning.approve({ ...approval, commands: target.setup })
        yield* launcher.assertUsable
        const launched = yield* operations.run({
          kind: "sandbox-start",
          subject: target.known.identity.name,
          plan: startSteps(target.known, target.setup),
          details: placeOf(target.known)
        }, (operation) =>
          Effect.gen(function*() {
            const { known, project, repository, sandbox, setup } = target
            const claim = { project, sandbox, worktree: known.path }
            const claimed = yield* launcher.settle(claim, yield* launcher.claim(operation, claim))
            const provisioned = yield* operation.step({
              ...provisionStep,
              act: provisioning.provision({ repository, worktree: known.path, config: project.config })
            })
            if (setup.length > 0) {
              yield* operation.step({
                ...setupStep(setup.length),
                act: provisioning.setUp({
                  ...approval,
                  worktree: known.path,
                  commands: setup,
                  sandbox: true,
                  onLine: (line) => operation.note("detail", line)
                })
              })
            }
            return yield* launcher.launch(operation, {
              ...claim,
              claimed,
              secretsFile: provisioned.secretsFile,
              missing: provisioned.missing
            })
          }))
        if (request.requireHealthy === true) yield* demandHealthy(target.known.path, launched.report)
        return reportOf(launched)
      })

      const stop = Effect.fn("Sandboxes.stop")(function*(request: SandboxRequest) {
        const { known, slot } = yield* selectSandbox(request)
        const project = yield* slotProject(known, slot)
        const step = { step: "stop-containers", title: `stop the containers of ${project.name}` }
        yield* operations.run(
          { kind: "sandbox-stop", subject: known.identity.name, plan: [step], details: placeOf(known) },
          (operation) => operation.step({ ...step, act: compose.control(project, "stop", []) })
        )
        yield* Effect.catchTag(slots.update(slot, { status: "stopped" }), "SlotMissing", () => Effect.void)
      })

      const restart = Effect.fn("Sandboxes.restart")(function*(
        request: SandboxRequest & { readonly services?: ReadonlyArray<string> }
      ) {
        const { containers, known, slot } = yield* selectSandbox(request)
        yield* assertServices(containers, request.services ?? [])
        const project = yield* slotProject(known, slot)
        const step = { step: "restart-containers", title: `restart the containers of ${project.name}` }
        yield* operations.run(
          { kind: "sandbox-restart", subject: known.identity.name, plan: [step], details: placeOf(known) },
          (operation) => operation.step({ ...step, act: compose.control(project, "restart", request.services ?? []) })
        )
        yield* Effect.catchTag(slots.update(slot, { status: "running" }), "SlotMissing", () => Effect.void)
      })

      const logs: Sandboxes["Service"]["logs"] = (request) =>
        Stream.unwrap(Effect.gen(function*() {
          const { containers } = yield* selectSandbox(request)
          const services = request.services ?? []
          yield* assertServices(containers, services)
          const chosen = services.length === 0
            ? containers
            : containers.filter((container) => services.includes(container.service))
          return Stream.mergeAll(
            chosen.map((container) =>
              engine.logs(container, {
                follow: request.follow === true,
                ...(request.tail === undefined ? {} : { tail: request.tail })
              })
            ),
            { concurrency: request.follow === true ? "unbounded" : 1 }
          )
        }))

      const exec: Sandboxes["Service"]["exec"] = Effect.fn("Sandboxes.exec")(function*(request) {
        const { containers, known, slot } = yield* selectSandbox(request)
        yield* assertServices(containers, [request.service])
        const running = containers.some((container) =>
          container.service === request.service && container.state === "running"
        )
        if (!running) {
          return yield* new SandboxNotRunning({ name: known.identity.name, service: request.service })
        }
        const project = yield* slotProject(known, slot)
        return yield* compose.exec(project, request.service, request.command, {
          terminal: request.terminal,
          output: request.output ?? "stdout"
        })
      })

      /** The slot folder's own copy of the model: what was started, whatever the worktree's file says by now. */
      const slotProject = Effect.fnUntraced(function*(known: KnownWorktree, slot: Slot) {
        const path = (name: string) => `${slot.slot_dir}/${name}`
        const copy = composeCopyOf(slot)
        if ((yield* files.kind(copy)) !== "file") return yield* new SandboxMissing({ name: known.identity.name })
        const seeds = slot.labelled !== true
        const project: ComposeProject = {
          name: composeProjectOf(slot),
          directory: seeds && isPresent(known) ? known.path : slot.slot_dir,
          files: seeds ? [copy, path(slotFiles.override)] : [copy],
          envFiles: seeds ? [path(slotFiles.env)] : [],
          variables: portVariables(slot),
          profiles: ["*"]
        }
        return project
      })

      return Sandboxes.of({ planStart, start, stop, restart, logs, exec })
    })
  )
}

/** Where an operation belongs. Without a branch, so that nothing but the operation itself is for a repair to end. */
const placeOf = ({ path, repository }: KnownWorktree): Readonly<Record<string, string>> => ({
  worktree: path,
  ...(repository === null ? {} : { repository: repository.main })
})

const startSteps = (known: KnownWorktree, setup: ReadonlyArray<CommandLine>): ReadonlyArray<PlannedStep> => [
  {
    step: "claim-slot",
    title: known.slot === null ? "claim a slot" : `use slot ${known.slot.slot_id}`
  },
  provisionStep,
  ...(setup.length === 0 ? [] : [setupStep(setup.length)]),
  ...sandboxSteps
]

const reportOf = ({ report }: Launched): SandboxReport => report

const assertServices = (
  containers: ReadonlyArray<Container>,
  services: ReadonlyArray<string>
): Effect.Effect<void, ServiceUnknown> => {
  const present = [...new Set(containers.map((container) => container.service))].toSorted()
  const unknown = services.find((service) => !present.includes(service))
  return unknown === undefined
    ? Effect.void
    : Effect.fail(new ServiceUnknown({ service: unknown, services: present }))
}
