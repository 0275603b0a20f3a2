import { Context, DateTime, Effect, Layer, Result } from "effect"
import { Host } from "../operation/Host.ts"
import { Journal, type JournalUnavailable, type PlannedStep } from "../operation/Journal.ts"
import { Operations } from "../operation/Operations.ts"
import type { Problem } from "../operation/Problem.ts"
import { parseEnvFile } from "../project/EnvFile.ts"
import { Projects } from "../project/Project.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { type RegistryError, SlotRegistry } from "../slot/SlotRegistry.ts"
import { Slots } from "../slot/Slots.ts"
import { Git } from "../worktree/Git.ts"
import { Compose } from "./Compose.ts"
import { type Container, Containers } from "./Containers.ts"
import {
  branchKey,
  type DeadOperation,
  describeAction,
  type DoctorAction,
  type DoctorObservation,
  type Finding
} from "./DoctorFinding.ts"
import { planDoctor } from "./DoctorPlan.ts"
import { Inventory, type InventorySnapshot } from "./Inventory.ts"
import { claimOfLabels, labelledSandboxes } from "./LostClaims.ts"
import { isPresent } from "./OverviewRules.ts"
import { slotFiles, Teardown } from "./Teardown.ts"

/** What doctor found, and what it did about it. */
export interface DoctorReport {
  readonly findings: ReadonlyArray<Finding>
  /** What was, or would be, carried out. */
  readonly steps: ReadonlyArray<PlannedStep>
  /** Whether the steps were carried out. */
  readonly fixed: boolean
  /** Steps that failed, each with its reason. */
  readonly failures: ReadonlyArray<{ readonly step: string; readonly message: string }>
}

/** Finds what was left behind, and clears it. Never removes work. */
export class Doctor extends Context.Service<Doctor, {
  readonly run: (
    request: { readonly directory: string; readonly fix: boolean }
  ) => Effect.Effect<DoctorReport, RegistryError | JournalUnavailable>
}>()("@slipway/core/sandbox/Doctor") {
  static readonly layer = Layer.effect(
    Doctor,
    Effect.gen(function*() {
      const compose = yield* Compose
      const engine = yield* Containers
      const files = yield* ProjectFiles
      const git = yield* Git
      const host = yield* Host
      const inventory = yield* Inventory
      const journal = yield* Journal
      const operations = yield* Operations
      const projects = yield* Projects
      const registry = yield* SlotRegistry
      const slots = yield* Slots
      const teardown = yield* Teardown

      const deadOperations = Effect.fnUntraced(function*() {
        const records = yield* journal.list()
        const dead = yield* Effect.forEach(records, (record) =>
          Effect.gen(function*() {
            const started = record.events.find((event) => event._tag === "OperationStarted")
            const finished = record.events.some((event) => event._tag === "OperationFinished")
            if (started === undefined || finished || (yield* host.isAlive(started.process))) return []
            return [{ record, kind: started.kind, subject: started.subject, details: started.details ?? {} }]
          }), { concurrency: 8 })
        return dead.flat()
      })

      const observeEngine = Effect.all({
        containers: engine.list({}),
        networks: engine.networks({}),
        volumes: engine.volumes({}),
        images: engine.images({})
      }, { concurrency: "unbounded" }).pipe(
        Effect.map((seen) => ({ engine: seen, engineReason: null })),
        Effect.catch((error) => Effect.succeed({ engine: null, engineReason: error.message }))
      )

      const slotFolders = Effect.map(
        Effect.orElseSucceed(files.list(`${host.home}/slots`), () => []),
        (entries) =>
          entries.filter((entry) => entry.kind === "directory").map((entry) => `${host.home}/slots/${entry.path}`)
      )

      const folderProjects = Effect.fnUntraced(function*(folders: ReadonlyArray<string>) {
        const told = yield* Effect.forEach(folders, (folder) =>
          files.read(`${folder}/${slotFiles.env}`).pipe(
            Effect.map((text): ReadonlyArray<readonly [string, string]> => {
              const project = parseEnvFile(text ?? "")["COMPOSE_PROJECT_NAME"]
              return project === undefined ? [] : [[folder, project]]
            }),
            Effect.orElseSucceed(() => [])
          ), { concurrency: 8 })
        return new Map(told.flat())
      })

      const baseOf = Effect.fnUntraced(function*(directory: string) {
        const repository = yield* git.repository(directory)
        const base = yield* git.defaultBranch(repository)
        return { repository, base: base.ref }
      })

      /** The worktrees that dead operations were about, looked into. */
      const inspections = Effect.fnUntraced(function*(
        seen: InventorySnapshot,
        dead: ReadonlyArray<DeadOperation>
      ) {
        const paths = new Set(dead.flatMap(({ details }) => details["worktree"] ?? []))
        const about = seen.known.filter((known) => isPresent(known) && paths.has(known.path))
        const inspected = yield* Effect.forEach(about, ({ path }) =>
          Effect.gen(function*() {
            const base = yield* Effect.orElseSucceed(Effect.map(baseOf(path), (found) => found.base), () => null)
            return { path, inspection: yield* git.inspect(path, base), empty: false }
          }).pipe(
            Effect.catch(() => Effect.map(isEmpty(path), (empty) => ({ path, inspection: null, empty })))
          ), { concurrency: 4 })
        return {
          inspections: new Map(
            inspected.flatMap(({ inspection, path }) => inspection === null ? [] : [[path, inspection] as const])
          ),
          empty: new Set(inspected.filter(({ empty }) => empty).map(({ path }) => path))
        }
      })

      const isEmpty = (path: string): Effect.Effect<boolean> =>
        files.list(path).pipe(
          Effect.map((entries) => entries.every((entry) => entry.path === ".git")),
          Effect.orElseSucceed(() => false)
        )

      const branches = Effect.fnUntraced(function*(dead: ReadonlyArray<DeadOperation>) {
        const found = yield* Effect.forEach(dead, ({ details }) =>
          Effect.gen(function*() {
            const { branch, repository: main } = details
            if (branch === undefined || main === undefined) return []
            const { base, repository } = yield* baseOf(main)
            const head = yield* git.branchHead(repository, branch)
            if (head === null) return []
            const safe = yield* git.isMergedOrPushed(repository, branch, base)
            return [[branchKey(main, branch), { head, safe }] as const]
          }).pipe(Effect.orElseSucceed(() => [])), { concurrency: 4 })
        return new Map(found.flat())
      })

      /** What containers tell of claims where the registry cannot: it is gone, or was made anew from slot folders. */
      const lostClaims = Effect.fnUntraced(function*(
        { mayLack }: InventorySnapshot,
        containers: ReadonlyArray<Container>
      ) {
        if (!mayLack) return []
        const claimedAt = DateTime.formatIso(yield* DateTime.now)
        const told = yield* Effect.forEach(
          labelledSandboxes(containers, host.home),
          (sandbox) =>
            Effect.gen(function*() {
              const repository = yield* git.repository(sandbox.worktree)
              if (repository.current !== sandbox.worktree) return []
              const { config } = yield* projects.of(repository)
              const known = { home: host.home, repository: repository.main, config: config?.sandbox ?? null, claimedAt }
              return [claimOfLabels(sandbox, known)]
            }).pipe(Effect.orElseSucceed(() => [])),
          { concurrency: 4 }
        )
        return told.flat()
      })

      const observe = Effect.fnUntraced(function*(directory: string) {
        const [seen, dead, engineSeen, folders, composeVersion] = yield* Effect.all([
          inventory.observe(directory),
          deadOperations(),
          observeEngine,
          slotFolders,
          Effect.result(compose.version)
        ], { concurrency: "unbounded" })
        const claims = seen.slots.filter((slot) => slot.status === "starting")
        const deadClaims = yield* Effect.filter(claims, (slot) =>
          slot.process === undefined
            ? Effect.succeed(true)
            : Effect.map(host.isAlive(slot.process), (alive) => !alive))
        const observation: DoctorObservation = {
          known: seen.known,
          recovery: seen.recovery,
          unreadable: seen.unreadable,
          deadClaims: new Set(deadClaims.map((slot) => slot.slot_id)),
          ...(yield* inspections(seen, dead)),
          slotFolders: folders,
          folderProjects: yield* folderProjects(folders),
          ...engineSeen,
          lostClaims: yield* lostClaims(seen, engineSeen.engine?.containers ?? []),
          deadOperations: dead,
          branches: yield* branches(dead),
          home: host.home,
          missingTools: Result.isFailure(composeVersion)
            ? [{ tool: "Docker Compose 2", reason: composeVersion.failure.message }]
            : []
        }
        return observation
      })

      const carryOut = (action: DoctorAction): Effect.Effect<void, Problem> => {
        switch (action._tag) {
          case "ReleaseSlot":
            return Effect.gen(function*() {
              yield* teardown.takeDown(action.slot, { keepVolumes: false })
              yield* files.remove(action.slot.slot_dir)
              yield* slots.release(action.slot)
            })
          case "SweepSandbox":
            return teardown.sweep(action.composeProject, { keepVolumes: false })
          case "RemoveSlotFolder":
            return files.remove(action.path)
          case "RemoveWorktree":
            return Effect.flatMap(
              git.repository(action.repository),
              (repository) => git.removeWorktree(repository, action.path)
            )
          case "DeleteBranch":
            return Effect.flatMap(
              git.repository(action.repository),
              (repository) => git.deleteBranch(repository, action.branch, action.head)
            )
          case "RepairRegistry":
            return registry.modify(({ slots: recovered }) => Effect.succeed([undefined, recovered] as const))
          case "RestoreClaim":
            return registry.modify(({ slots: claimed }) => {
              const { slot_id, worktree_path } = action.slot
              const isHeld = claimed.some((slot) => slot.slot_id === slot_id || slot.worktree_path === worktree_path)
              return Effect.succeed([undefined, isHeld ? claimed : [...claimed, action.slot]] as const)
            })
          case "CloseOperation":
            return Effect.flatMap(DateTime.now, (now) =>
              journal.append(action.id, {
                _tag: "OperationFinished",
                at: DateTime.formatIso(now),
                status: "interrupted",
                ms: 0
              }))
        }
      }

      const run = Effect.fn("Doctor.run")(function*(request: { readonly directory: string; readonly fix: boolean }) {
        const findings = planDoctor(yield* observe(request.directory))
        const actions = findings.flatMap(({ action }) => action === null ? [] : [action])
        const steps = actions.map((action, index): PlannedStep => ({
          step: `fix-${index + 1}`,
          title: describeAction(action),
          reason: action.reason
        }))
        if (!request.fix || actions.length === 0) return { findings, steps, fixed: false, failures: [] }
        const failures = yield* operations.run(
          { kind: "doctor", subject: "fix", plan: steps },
          (operation) =>
            Effect.forEach(actions, (action, index) =>
              operation.step({
                step: `fix-${index + 1}`,
                title: describeAction(action),
                act: carryOut(action)
              }).pipe(
                Effect.as([]),
                Effect.catch((error) => Effect.succeed([{ step: describeAction(action), message: error.message }]))
              ))
        )
        return { findings, steps, fixed: true, failures: failures.flat() }
      })

      return Doctor.of({ run })
    })
  )
}
