import { Context, DateTime, Effect, Exit, Layer, Struct } from "effect"
import { Host } from "../operation/Host.ts"
import type { JournalUnavailable } from "../operation/Journal.ts"
import type { RunningOperation } from "../operation/Operations.ts"
import { hasManyAliases } from "../project/Aliases.ts"
import { concealing } from "../project/Concealment.ts"
import { parseEnvFile, renderEnvFile } from "../project/EnvFile.ts"
import type { SandboxConfig } from "../project/InfraConfig.ts"
import { defaultHealthTimeout } from "../project/InfraSchema.ts"
import type { Project } from "../project/Project.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { composeProjectOf, type Slot } from "../slot/Slot.ts"
import { encodeSlotFile } from "../slot/SlotFolder.ts"
import { describeSkippedSlot, type SkippedSlot } from "../slot/SlotPlan.ts"
import { type ClaimedSlot, type ClaimError, Slots } from "../slot/Slots.ts"
import { Compose, type ComposeFailed, ComposeInvalid, type ComposeMissing, type ComposeProject } from "./Compose.ts"
import { concealedError } from "./ConcealedError.ts"
import { type Container, Containers, type EngineUnavailable, observabilityNetwork } from "./Containers.ts"
import { healthWarnings } from "./Health.ts"
import { HealthGate } from "./HealthGate.ts"
import { ComposeFileMissing, launchSteps } from "./ImplPlan.ts"
import { whyOccupied } from "./KeptVolumes.ts"
import { type LaunchError, SandboxFailed, unusableTags, withWorktree } from "./LaunchError.ts"
import { launchProject, ownEnvOf } from "./LaunchProject.ts"
import { labelledSandboxes } from "./LostClaims.ts"
import { serviceReports, slotUrls } from "./OverviewRules.ts"
import { basePortVariables } from "./PortMapping.ts"
import { ProvisioningIncomplete } from "./Provisioning.ts"
import type { SandboxReport } from "./SandboxReport.ts"
import { isGone, ownComposeCopy, slotFiles, Teardown } from "./Teardown.ts"

/** What a slot is claimed for. */
export interface SandboxClaimRequest {
  readonly project: Project
  readonly sandbox: SandboxConfig
  readonly worktree: string
}

/** What a sandbox is started from. */
export interface LaunchRequest extends SandboxClaimRequest {
  readonly claimed: ClaimedSlot
  /** Absolute path of `.env.secrets`, or null. */
  readonly secretsFile: string | null
  /** What could not be provisioned; the sandbox is then not started. */
  readonly missing: ReadonlyArray<string>
}

/** A {@link LaunchRequest} with the values of its secrets. */
interface LaunchInput extends LaunchRequest {
  readonly secrets: Readonly<Record<string, string>>
  /** Takes the secrets out of what Compose or a container says. */
  readonly conceal: (text: string) => string
}

/** A started sandbox and its slot. */
export interface Launched {
  readonly slot: Slot
  readonly report: SandboxReport
  readonly skipped: ReadonlyArray<SkippedSlot>
}

/** The rules write YAML; only a sandbox that starts pays for loading what they need. */
const loadOverrideRules = Effect.promise(() => import("./OverrideRules.ts"))

/** How many slots are tried when Docker finds ports taken that looked free. */
const slotAttempts = 5

/** Claims slots and starts sandboxes in them: the part that `impl` and `sandbox start` share. */
export class SandboxLauncher extends Context.Service<SandboxLauncher, {
  /** Fails when no engine answers or Compose is missing: before anything is made. */
  readonly assertUsable: Effect.Effect<void, EngineUnavailable | ComposeMissing>
  /** Claims a slot as a step of the operation; given back when the operation fails or is interrupted. */
  readonly claim: (
    operation: RunningOperation,
    request: SandboxClaimRequest
  ) => Effect.Effect<ClaimedSlot, ClaimError | JournalUnavailable>
  /** Empties a slot that was newly claimed, or claims another one where it is in use by another home's Slipway. */
  readonly settle: (
    request: SandboxClaimRequest,
    claimed: ClaimedSlot
  ) => Effect.Effect<ClaimedSlot, ClaimError | EngineUnavailable>
  readonly launch: (
    operation: RunningOperation,
    request: LaunchRequest
  ) => Effect.Effect<Launched, LaunchError | JournalUnavailable>
}>()("@slipway/core/sandbox/SandboxLauncher") {
  static readonly layer = Layer.effect(
    SandboxLauncher,
    Effect.gen(function*() {
      const compose = yield* Compose
      const engine = yield* Containers
      const files = yield* ProjectFiles
      const gate = yield* HealthGate
      const host = yield* Host
      const slots = yield* Slots
      const teardown = yield* Teardown

      const assertUsable = Effect.asVoid(
        Effect.all([engine.ping, compose.version], { concurrency: 2 })
      )

      const claimSlot = (request: SandboxClaimRequest, tried: ReadonlyArray<SkippedSlot>) =>
        slots.claim({
          project: request.project.name,
          repository: request.project.repository.main,
          worktree: request.worktree,
          basePorts: request.sandbox.ports,
          stride: request.sandbox.portStride,
          excluded: tried
        })

      /**
       * Makes sure that a slot newly claimed is empty: what a killed process or the seed's tool left in it would be
       * attached to the new sandbox. Where that is another home's, or volumes that somebody kept, another slot is claimed.
       */
      const settle: SandboxLauncher["Service"]["settle"] = Effect.fn("SandboxLauncher.settle")(
        function*(request, claimed) {
          let current = claimed
          const tried = [...claimed.skipped]
          while (!current.existing) {
            const composeProject = composeProjectOf(current.slot)
            const left = yield* teardown.observe(composeProject)
            const owner = yield* standingOwner(left.containers, request.worktree)
            const reason = whyOccupied(composeProject, left, host.home, owner)
            if (reason === null) {
              if (!isGone(left, { keepVolumes: false })) yield* teardown.sweep(composeProject, { keepVolumes: false })
              break
            }
            yield* slots.release(current.slot)
            tried.push({ slot: current.slot.slot_id, reason })
            current = { ...yield* claimSlot(request, tried), skipped: tried }
          }
          return current
        }
      )

      /** Another worktree, one that stands, of which containers say that they are its sandbox. */
      const standingOwner = Effect.fnUntraced(function*(containers: ReadonlyArray<Container>, worktree: string) {
        const others = labelledSandboxes(containers, host.home).filter((sandbox) => sandbox.worktree !== worktree)
        const standing = yield* Effect.filter(
          others,
          // What cannot be looked at may stand.
          (sandbox) =>
            Effect.orElseSucceed(Effect.map(files.kind(sandbox.worktree), (kind) => kind !== null), () => true)
        )
        return standing[0]?.worktree ?? null
      })

      /** Takes away what stands in a slot. */
      const empty = Effect.fnUntraced(function*(slot: Slot) {
        const left = yield* teardown.observe(composeProjectOf(slot))
        if (!isGone(left, { keepVolumes: false })) yield* teardown.takeDown(slot, { keepVolumes: false })
      })

      /** Gives a slot back with all that stands in it. A slot whose containers remain stays claimed. */
      const giveBack = Effect.fnUntraced(function*(slot: Slot) {
        yield* empty(slot)
        yield* files.remove(slot.slot_dir)
        yield* slots.release(slot)
      })

      /** The slot that this process holds for a worktree; once it was claimed and has started, it names no process. */
      const heldFor = (worktree: string, claimed: boolean) =>
        Effect.map(slots.all, (all) =>
          all.find((slot) =>
            slot.worktree_path === worktree &&
            (slot.process === undefined ? claimed : slot.process.pid === host.self.pid)
          ))

      /** What this process claimed for a worktree is given back, or, where it had data before, only marked stopped. */
      const withdraw = Effect.fnUntraced(function*(worktree: string, existing: boolean, claimed: boolean) {
        const held = yield* heldFor(worktree, claimed)
        if (held === undefined) return
        // Nothing is started before the slot's folder is there, so that an engine that is down does not keep the slot.
        const isUsed = (yield* files.kind(held.slot_dir)) !== null
        if (existing) yield* slots.update(held, { status: "stopped" })
        else yield* isUsed ? giveBack(held) : slots.release(held)
      })

      const claim = Effect.fn("SandboxLauncher.claim")(function*(
        operation: RunningOperation,
        request: SandboxClaimRequest
      ) {
        const held = (yield* slots.all).find((slot) => slot.worktree_path === request.worktree)
        const claimed = yield* operation.step({
          step: "claim-slot",
          title: held === undefined ? "claim a slot" : `use slot ${held.slot_id}`,
          act: claimSlot(request, []),
          undo: (exit) => withdraw(request.worktree, held !== undefined, Exit.isSuccess(exit))
        })
        yield* Effect.forEach(claimed.skipped, (skipped) => operation.note("info", describeSkippedSlot(skipped)), {
          discard: true
        })
        return claimed
      })

      const writeSlotFolder = Effect.fnUntraced(function*(request: LaunchInput, slot: Slot) {
        const composeFile = `${request.worktree}/${request.sandbox.composeFile}`
        if ((yield* files.kind(composeFile)) !== "file") return yield* new ComposeFileMissing({ path: composeFile })
        const path = (name: string) => `${slot.slot_dir}/${name}`
        yield* files.makeDirectory(slot.slot_dir, { mode: 0o700 })
        yield* files.write(path(slotFiles.claim), encodeSlotFile(slot), { mode: 0o600 })
        const env = yield* Effect.fromResult(renderEnvFile({
          COMPOSE_PROJECT_NAME: composeProjectOf(slot),
          ...Object.fromEntries(Object.entries(slot.ports).map(([name, port]) => [name, String(port)])),
          ...request.sandbox.env
        }))
        yield* files.write(path(slotFiles.env), env, { mode: 0o600 })

        const text = (yield* files.read(composeFile)) ?? ""
        if (hasManyAliases(text) && (yield* loadOverrideRules).isAliasBomb(text)) {
          return yield* new ComposeInvalid({
            files: [composeFile],
            stderr: "its aliases repeat each other without end"
          })
        }
        const ownEnv = ownEnvOf(request)
        const input = { ...request, ownEnv: (yield* files.kind(ownEnv)) === "file" ? ownEnv : null }
        const plain = launchProject(input, slot, false)
        const resolve = compose.resolve({
          ...plain,
          profiles: ["*"],
          variables: { ...plain.variables, ...basePortVariables(request.sandbox) }
        })
        const [model, { planOverride, teardownModel, verifyOverride }] = yield* Effect.all(
          [resolve, loadOverrideRules],
          { concurrency: 2 }
        )
        const override = yield* Effect.fromResult(planOverride({
          document: model.document,
          config: request.sandbox,
          slot,
          worktree: request.worktree,
          mainCheckout: request.project.repository.main,
          gitCommonDirectory: request.project.repository.commonDirectory,
          home: host.home,
          composeVersion: yield* compose.version,
          secretsFile: request.secretsFile,
          generatedAt: DateTime.formatIso(yield* DateTime.now)
        }))
        yield* files.write(path(slotFiles.override), override.text, { mode: 0o600 })

        const project = launchProject(input, slot, true)
        const verify = Effect.gen(function*() {
          const resolved = yield* compose.resolve(project)
          yield* Effect.fromResult(verifyOverride(resolved.document, override))
          yield* files.write(ownComposeCopy(slot), teardownModel(resolved.json), { mode: 0o600 })
        })
        // Variables in the user's file are a matter of the file; an override is Slipway's own, so that checking it may
        // go on while the images are built, and stops the start when it finds something.
        if (override.mode === "env") yield* verify
        return {
          project,
          verify: override.mode === "env" ? Effect.void : verify,
          warnings: [...model.warnings, ...override.warnings]
        }
      })

      const start = Effect.fnUntraced(function*(
        operation: RunningOperation,
        request: LaunchInput,
        slot: Slot
      ): Effect.fn.Return<
        { readonly slot: Slot; readonly warnings: ReadonlyArray<string> },
        LaunchError | ComposeFailed | JournalUnavailable
      > {
        const { conceal } = request
        const written = yield* operation.step({
          ...launchSteps.writeSlotFolder,
          act: writeSlotFolder(request, slot).pipe(Effect.mapError((error) => concealedError(error, conceal)))
        })
        yield* operation.step({
          ...launchSteps.startContainers,
          act: Effect.gen(function*() {
            yield* engine.ensureNetwork(observabilityNetwork)
            const up = compose.up(written.project, {
              services: request.sandbox.services,
              onLine: (line) => operation.note("detail", conceal(line))
            })
            yield* Effect.all([written.verify, up], { concurrency: 2, discard: true })
          }).pipe(Effect.mapError((error) => concealedError(error, conceal))),
          undoOn: "interruption",
          undo: () => stopStarted(request, slot, written.project)
        })
        return { slot, warnings: written.warnings }
      })

      /**
       * Takes newly started containers down, before the worktree that they write to; those of a sandbox that had been
       * stopped are stopped again. Not in a slot that was given back since, where another port was tried: it may be
       * somebody else's by now.
       */
      const stopStarted = Effect.fnUntraced(function*(request: LaunchInput, slot: Slot, started: ComposeProject) {
        const held = yield* heldFor(request.worktree, true)
        if (held?.slot_id !== slot.slot_id) return
        if (!request.claimed.existing) yield* empty(held)
        else if (request.claimed.before !== "running") yield* compose.control(started, "stop", [])
      })

      /** Where Docker finds a port taken that could be bound a moment ago, the next slot is tried. */
      const startSomewhere = Effect.fnUntraced(function*(
        operation: RunningOperation,
        request: LaunchInput,
        claimed: ClaimedSlot
      ): Effect.fn.Return<
        { readonly claimed: ClaimedSlot; readonly warnings: ReadonlyArray<string> },
        LaunchError | ComposeFailed | JournalUnavailable
      > {
        const tried: Array<SkippedSlot> = [...claimed.skipped]
        let current = claimed
        for (let attempt = 1;; attempt++) {
          const started = yield* start(operation, request, current.slot).pipe(
            Effect.map(({ warnings }) => ({ claimed: current, warnings })),
            Effect.catchTag(
              "ComposeFailed",
              (error) =>
                !error.isPortConflict || attempt >= slotAttempts || current.existing
                  ? Effect.fail(error)
                  : Effect.succeed(error)
            )
          )
          if ("claimed" in started) return started
          const port = started.portTaken === null ? "one of its ports" : `port ${started.portTaken}`
          const skipped = { slot: current.slot.slot_id, reason: `Docker found ${port} taken` }
          tried.push(skipped)
          yield* operation.note("info", describeSkippedSlot(skipped))
          yield* giveBack(current.slot)
          current = yield* settle(request, { ...yield* claimSlot(request, tried), skipped: tried })
        }
      })

      const launch = Effect.fn("SandboxLauncher.launch")(function*(
        operation: RunningOperation,
        request: LaunchRequest
      ) {
        if (request.missing.length > 0) {
          return yield* new ProvisioningIncomplete({ worktree: request.worktree, missing: request.missing })
        }
        const { secretsFile } = request
        const secrets = secretsFile === null ? {} : parseEnvFile((yield* files.read(secretsFile)) ?? "")
        const conceal = concealing(secrets)
        const input = { ...request, secrets, conceal }
        const started = yield* startSomewhere(operation, input, request.claimed).pipe(
          Effect.catchTag(
            "ComposeFailed",
            (error) => new SandboxFailed({ worktree: request.worktree, reason: error.message })
          ),
          Effect.catchTag(unusableTags, withWorktree(request.worktree))
        )
        const { slot } = started.claimed
        const { health } = request.sandbox
        const port = health === null ? undefined : slot.ports[health.portVariable]
        const checked = yield* operation.step({
          ...launchSteps.checkHealth,
          act: gate.check({
            composeProject: composeProjectOf(slot),
            health: health === null || port === undefined
              ? null
              : { url: `http://localhost:${port}${health.endpoint}`, timeout: health.timeout }
          })
        })
        const settled = { status: "running", compose_file_copy: `${slot.slot_dir}/${slotFiles.compose}` } as const
        // A registry that is rebuilt from it must not take this slot for one that is still being made.
        const claimFile = encodeSlotFile({ ...Struct.omit(slot, ["process"]), ...settled })
        const running = yield* files.write(`${slot.slot_dir}/${slotFiles.claim}`, claimFile, { mode: 0o600 }).pipe(
          Effect.andThen(slots.update(slot, settled)),
          Effect.catchTag(["FileUnavailable", "RegistryUnavailable"], withWorktree(request.worktree))
        )
        const containers = yield* engine.list({ project: composeProjectOf(slot) })
        return {
          slot: running,
          skipped: started.claimed.skipped,
          report: {
            composeProject: composeProjectOf(slot),
            urls: slotUrls(running),
            health: { ...checked, logs: checked.logs.map(conceal) },
            services: serviceReports(containers),
            warnings: [...started.warnings, ...healthWarnings(checked.verdict, health?.timeout ?? defaultHealthTimeout)]
          }
        }
      })

      return SandboxLauncher.of({ assertUsable, claim, settle, launch })
    })
  )
}
