import { Context, Effect, Exit, Fiber, Layer } from "effect"
import { JournalUnavailable, type PlannedStep } from "../operation/Journal.ts"
import { Operations, type RunningOperation } from "../operation/Operations.ts"
import type { CommandLine } from "../project/CommandLine.ts"
import type { ConfigInvalid } from "../project/ConfigInvalid.ts"
import { defaultMilestones, type InfraConfig } from "../project/InfraConfig.ts"
import { type Project, Projects } from "../project/Project.ts"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import type { NotARepository } from "../project/Repository.ts"
import type { Slot } from "../slot/Slot.ts"
import type { SkippedSlot } from "../slot/SlotPlan.ts"
import { Slots } from "../slot/Slots.ts"
import { type DefaultBranch, Git, type GitFailed } from "../worktree/Git.ts"
import { findMilestone, type MilestoneMissing } from "../worktree/Milestone.ts"
import {
  type FeatureMilestone,
  type NameInvalid,
  parseFeatureMilestone,
  parseSpecification,
  worktreeNames,
  worktreePath
} from "../worktree/WorktreeName.ts"
import { type MadeWorktree, WorktreeRecorder } from "../worktree/WorktreeRecorder.ts"
import { workIn } from "./DonePlan.ts"
import {
  type ImplObservation,
  type ImplRefusal,
  type ImplRequest,
  type PlannedWorktree,
  planWorktree,
  recordStep,
  WorktreeKept
} from "./ImplPlan.ts"
import { demandHealthy, type LaunchError, type SandboxNotHealthy } from "./LaunchError.ts"
import { type ApprovalRequired, Provisioning, type SetupFailed } from "./Provisioning.ts"
import { commandText } from "./ProvisioningPlan.ts"
import { SandboxLauncher } from "./SandboxLauncher.ts"
import type { SandboxReport } from "./SandboxReport.ts"

/** What a dry run shows. */
export interface ImplPlan {
  readonly project: string
  readonly branch: string
  readonly worktree: string
  readonly slot: { readonly number: number; readonly ports: Readonly<Record<string, number>> } | null
  readonly steps: ReadonlyArray<PlannedStep>
  readonly warnings: ReadonlyArray<string>
}

/** What was made. */
export interface ImplResult {
  readonly project: string
  readonly kind: "spec" | "impl"
  readonly feature: string
  readonly milestone: string | null
  /** The milestone's file below the checkout; null when there is none. */
  readonly milestoneFile: string | null
  readonly branch: string
  readonly worktree: string
  /** Null without a sandbox. */
  readonly slot: Slot | null
  /** Null without a sandbox. */
  readonly sandbox: SandboxReport | null
  readonly skippedSlots: ReadonlyArray<SkippedSlot>
  readonly warnings: ReadonlyArray<string>
}

/** Why nothing was made. */
export type ImplError =
  | NameInvalid
  | NotARepository
  | GitFailed
  | ConfigInvalid
  | FileUnavailable
  | MilestoneMissing
  | ImplRefusal
  | ApprovalRequired
  | SetupFailed
  | LaunchError

/** Makes a worktree and, where the project has one, its running sandbox. */
export class Impl extends Context.Service<Impl, {
  /** What `run` would do now; changes nothing. */
  readonly plan: (request: ImplRequest) => Effect.Effect<ImplPlan, ImplError>
  /**
   * One operation. When it is interrupted, what it made is undone; when the sandbox does not start, the worktree is
   * kept and the slot given back.
   */
  readonly run: (request: ImplRequest) => Effect.Effect<ImplResult, ImplError | SandboxNotHealthy | JournalUnavailable>
}>()("@slipway/core/sandbox/Impl") {
  static readonly layer = Layer.effect(
    Impl,
    Effect.gen(function*() {
      const files = yield* ProjectFiles
      const git = yield* Git
      const launcher = yield* SandboxLauncher
      const operations = yield* Operations
      const projects = yield* Projects
      const provisioning = yield* Provisioning
      const recorder = yield* WorktreeRecorder
      const slots = yield* Slots

      const observe = Effect.fnUntraced(function*(request: ImplRequest) {
        const name = yield* Effect.fromResult(
          request.kind === "spec" ? parseSpecification(request.name) : parseFeatureMilestone(request.name)
        )
        const project = yield* projects.of(yield* git.repository(request.directory))
        const names = worktreeNames(project.prefix, request.kind, name)
        const path = worktreePath(project.repository.main, names.folder)
        const sandbox = request.kind === "impl" && request.sandbox !== false ? project.config?.sandbox ?? null : null
        // Docker's answer takes longer than all of git's together: it is awaited where a sandbox is begun.
        const usable = sandbox === null ? Effect.void : Fiber.join(yield* Effect.forkChild(launcher.assertUsable))
        const composePath = sandbox === null ? null : `${project.repository.main}/${sandbox.composeFile}`
        const isFeature = request.kind === "impl"
          ? recorder.knows(project.repository, name.feature).pipe(Effect.orElseSucceed(() => true))
          : Effect.succeed(false)
        const [defaultBranch, worktrees, branchHead, occupant, composeKind, milestoneFile, known] = yield* Effect.all([
          git.defaultBranch(project.repository),
          git.worktrees(project.repository),
          git.branchHead(project.repository, names.branch),
          files.kind(path),
          composePath === null ? Effect.succeed(null) : files.kind(composePath),
          milestoneOf(project, name),
          isFeature
        ], { concurrency: "unbounded" })
        const observation: ImplObservation = {
          project,
          config: project.config,
          repository: project.repository,
          defaultBranch,
          worktrees,
          target: { path, branch: names.branch, name: names.shortName },
          occupied: occupant !== null,
          branchHead,
          isFeature: known,
          composeFile: composePath === null ? null : { path: composePath, present: composeKind === "file" }
        }
        return { name, project, observation, milestoneFile, sandbox, usable }
      })

      const milestoneOf = (project: Project, name: FeatureMilestone) =>
        name.milestone === null ? Effect.succeed(null) : findMilestone(project.repository.main, {
          pattern: project.config?.worktree.milestones ?? defaultMilestones,
          feature: name.feature,
          milestone: name.milestone
        }).pipe(Effect.provideService(ProjectFiles, files))

      const decide = Effect.fnUntraced(function*(request: ImplRequest) {
        const seen = yield* observe(request)
        const planned = planWorktree(seen.observation, request)
        if ("code" in planned) return yield* Effect.fail(planned)
        const setup = { repository: seen.project.repository.main, commands: seen.project.config?.worktree.setup ?? [] }
        return { ...seen, planned, setup }
      })

      const plan = Effect.fn("Impl.plan")(function*(request: ImplRequest) {
        const { planned, project, sandbox, setup, usable } = yield* decide(request)
        const approved = request.approve === true || (yield* provisioning.isApproved(setup.repository, setup.commands))
        yield* usable
        const preview = sandbox === null ? null : yield* slots.preview({
          project: project.name,
          worktree: planned.path,
          repository: project.repository.main,
          basePorts: sandbox.ports,
          stride: sandbox.portStride
        })
        return {
          project: project.name,
          branch: planned.branch,
          worktree: planned.path,
          slot: preview === null ? null : { number: preview.slot, ports: preview.ports },
          steps: planned.steps,
          warnings: [...project.warnings, ...(approved ? [] : [unapprovedWarning(setup.commands)])]
        }
      })

      const run = Effect.fn("Impl.run")(function*(request: ImplRequest) {
        const { milestoneFile, name, observation, planned, project, sandbox, setup, usable } = yield* decide(request)
        yield* provisioning.approve({ ...setup, approve: request.approve === true })
        const made = yield* operations.run({
          kind: request.kind,
          subject: request.name,
          plan: planned.steps,
          details: { repository: project.repository.main, worktree: planned.path, branch: planned.branch }
        }, (operation) =>
          Effect.gen(function*() {
            const target = sandbox === null ? null : { project, sandbox, worktree: planned.path }
            // Nothing but the claim is made before Docker is known to be there.
            const [fetchWarnings, claimed] = yield* Effect.all([
              fetchStep(operation, planned, project, observation.defaultBranch),
              target === null ? Effect.succeed(null) : launcher.claim(operation, target),
              usable
            ], { concurrency: 3 })
            const [, settled] = yield* Effect.all([
              addWorktree(operation, planned, project),
              target === null || claimed === null ? Effect.succeed(null) : launcher.settle(target, claimed)
            ], { concurrency: 2 })
            const recordWarnings = yield* recordWorktree(operation, planned, {
              repository: project.repository,
              ...name,
              slot: settled?.slot.slot_id ?? null
            })
            const provisioned = yield* provision(operation, planned, project, request)
            const launched = target === null || settled === null ? null : yield* launcher.launch(operation, {
              ...target,
              claimed: settled,
              secretsFile: provisioned.secretsFile,
              missing: provisioned.missing
            })
            return { launched, warnings: [...fetchWarnings, ...recordWarnings, ...provisioned.warnings] }
          }))
        if (request.requireHealthy === true && made.launched !== null) {
          yield* demandHealthy(planned.path, made.launched.report)
        }
        return {
          project: project.name,
          kind: request.kind,
          feature: name.feature,
          milestone: name.milestone,
          milestoneFile,
          branch: planned.branch,
          worktree: planned.path,
          slot: made.launched?.slot ?? null,
          sandbox: made.launched?.report ?? null,
          skippedSlots: made.launched?.skipped ?? [],
          warnings: [...project.warnings, ...made.warnings, ...made.launched?.report.warnings ?? []]
        }
      })

      /** Offline is no reason not to start: what is here is used. */
      const fetchStep = (
        operation: RunningOperation,
        planned: PlannedWorktree,
        project: Project,
        branch: DefaultBranch
      ): Effect.Effect<ReadonlyArray<string>, JournalUnavailable> => {
        const step = planned.steps.find((candidate) => candidate.step === "fetch")
        if (step === undefined) return Effect.succeed([])
        return operation.step({ ...step, act: git.fetch(project.repository, branch) }).pipe(
          Effect.as([]),
          Effect.catchTag("GitFailed", (error) => {
            const warning = `could not fetch ${branch.name}, using what is here: ${error.stderr}`
            return Effect.as(operation.note("warning", warning), [warning])
          })
        )
      }

      /** A feature that does not learn of its worktree is no reason to be without one. */
      const recordWorktree = (
        operation: RunningOperation,
        { branch, path, steps }: PlannedWorktree,
        made: Pick<MadeWorktree, "repository" | "feature" | "milestone" | "slot">
      ): Effect.Effect<ReadonlyArray<string>, JournalUnavailable> => {
        const step = steps.find((candidate) => candidate.step === recordStep.step)
        if (step === undefined) return Effect.succeed([])
        return operation.step({ ...step, act: recorder.record({ ...made, branch, worktree: path }) }).pipe(
          Effect.as([]),
          Effect.catch((error) => {
            if (error instanceof JournalUnavailable) return Effect.fail(error)
            const warning = `the feature ${made.feature} does not know of this worktree: ${error.message}`
            return Effect.as(operation.note("warning", warning), [warning])
          })
        )
      }

      const addWorktree = (operation: RunningOperation, planned: PlannedWorktree, project: Project) =>
        operation.step({
          ...titleOf(planned, "add-worktree"),
          act: git.addWorktree({
            repository: project.repository,
            path: planned.path,
            branch: planned.branch,
            ...(planned.from === null ? {} : { from: planned.from })
          }),
          undoOn: "interruption",
          undo: (exit) => removeMade(planned, project, Exit.isSuccess(exit))
        })

      /** Takes back a worktree that was just made, with its branch when that is still where it started. */
      const removeMade = Effect.fnUntraced(function*(planned: PlannedWorktree, project: Project, made: boolean) {
        if (made) yield* demandNoWork(planned, project)
        if (made || (yield* files.kind(planned.path)) !== null) {
          yield* git.removeWorktree(project.repository, planned.path)
        }
        if (planned.from === null) return
        const head = yield* git.branchHead(project.repository, planned.branch)
        if (head !== null && (yield* git.isMergedOrPushed(project.repository, planned.branch, planned.from))) {
          yield* git.deleteBranch(project.repository, planned.branch, head)
        }
      })

      /** Fails for a worktree that somebody has worked in since it was made. */
      const demandNoWork = Effect.fnUntraced(function*(planned: PlannedWorktree, project: Project) {
        const worktree = (yield* git.worktrees(project.repository)).find(({ path }) => path === planned.path)
        if (worktree === undefined || worktree.missing) return
        const { gitDirectory } = worktree
        const [inspection, placed] = yield* Effect.all([
          git.inspect(planned.path, planned.from),
          provisioning.unchanged({ worktree: planned.path, gitDirectory })
        ], { concurrency: 2 })
        // Stashes, and commits of a branch that was there before, outlive the worktree.
        const outlives = planned.from === null && inspection.branch === planned.branch
          ? ["stashes", "unpushed"]
          : ["stashes"]
        const work = workIn(inspection, placed).filter(({ kind }) => !outlives.includes(kind))
        if (work.length === 0) return
        return yield* new WorktreeKept({
          path: planned.path,
          name: planned.name,
          sandbox: planned.withSandbox,
          work: work.flatMap(({ items, text }) => [text, ...items.map((item) => `  ${item}`)])
        })
      })

      const provision = Effect.fnUntraced(function*(
        operation: RunningOperation,
        planned: PlannedWorktree,
        project: Project,
        request: ImplRequest
      ) {
        const provisioned = yield* operation.step({
          ...titleOf(planned, "provision"),
          act: provisioning.provision({
            repository: project.repository,
            worktree: planned.path,
            config: configFor(project.config, planned)
          })
        })
        const setup = project.config?.worktree.setup ?? []
        if (setup.length > 0) {
          yield* operation.step({
            ...titleOf(planned, "setup"),
            act: provisioning.setUp({
              repository: project.repository.main,
              worktree: planned.path,
              commands: setup,
              sandbox: planned.withSandbox,
              approve: request.approve === true,
              onLine: (line: string) => operation.note("detail", line)
            })
          })
        }
        return { ...provisioned, warnings: planned.withSandbox ? [] : provisioned.missing.map(missingWarning) }
      })

      return Impl.of({ plan, run })
    })
  )
}

const titleOf = (planned: PlannedWorktree, step: string): PlannedStep =>
  planned.steps.find((candidate) => candidate.step === step) ?? { step, title: step }

/** A worktree without a sandbox needs none of the sandbox's files and secrets. */
const configFor = (config: InfraConfig | null, planned: PlannedWorktree): InfraConfig | null =>
  config === null || planned.withSandbox ? config : { ...config, sandbox: null }

const unapprovedWarning = (commands: ReadonlyArray<CommandLine>): string =>
  `setup commands that nobody has approved yet, --yes approves them: ${commands.map(commandText).join("; ")}`

const missingWarning = (item: string): string => `not provisioned: ${item}`
