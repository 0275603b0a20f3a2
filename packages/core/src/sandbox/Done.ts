import { Context, Effect, Layer, Result, Schema } from "effect"
import { Host } from "../operation/Host.ts"
import type { JournalUnavailable } from "../operation/Journal.ts"
import { Operations, type RunningOperation } from "../operation/Operations.ts"
import type { Problem } from "../operation/Problem.ts"
import { Projects } from "../project/Project.ts"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import type { Repository } from "../project/Repository.ts"
import { composeProjectOf } from "../slot/Slot.ts"
import type { RegistryError } from "../slot/SlotRegistry.ts"
import { Slots } from "../slot/Slots.ts"
import { Git, type GitFailed, type GitWorktree, type WorktreeInspection } from "../worktree/Git.ts"
import type { WorktreeIdentity } from "../worktree/WorktreeIdentity.ts"
import { type DoneObservation, type DonePlan, type DoneRequest, planDone, type PlannedDoneStep } from "./DonePlan.ts"
import { Inventory, type KnownWorktree } from "./Inventory.ts"
import { isPresent } from "./OverviewRules.ts"
import { type ApprovalRequired, Provisioning } from "./Provisioning.ts"
import { type SelectionError, selectWorktree } from "./Selection.ts"
import { type EngineRemains, Teardown } from "./Teardown.ts"

/** What was taken down. */
export interface DoneResult {
  readonly project: string
  readonly worktree: string
  readonly branch: string | null
  /** Why the branch was kept, or null when it was deleted (or there was none). */
  readonly branchKept: string | null
  readonly slot: number | null
  readonly warnings: ReadonlyArray<string>
}

/** Something would be lost. */
export class WorkWouldBeLost extends Schema.TaggedError<WorkWouldBeLost>()("WorkWouldBeLost", {
  worktree: Schema.String,
  reasons: Schema.Array(Schema.Struct({ kind: Schema.String, text: Schema.String, items: Schema.Array(Schema.String) }))
}) {
  readonly code = "work-would-be-lost" as const
  override get message(): string {
    const listed = this.reasons.map(({ items, text }) => [text, ...items.map((item) => `  ${item}`)].join("\n"))
    return `${this.worktree} holds work that would be lost\n${listed.join("\n")}`
  }
  get hint(): string {
    return "commit and push it. Use `--force` to override."
  }
}

/** The name fits only a piece of a worktree's name. */
export class ConfirmationNeeded extends Schema.TaggedError<ConfirmationNeeded>()("ConfirmationNeeded", {
  name: Schema.String,
  match: Schema.String
}) {
  readonly code = "name-ambiguous" as const
  override get message(): string {
    return `${JSON.stringify(this.name)} is only a piece of a name; the one that it fits is ${this.match}`
  }
  get hint(): string {
    return `name it in full, or confirm with --yes`
  }
}

/** Some steps of taking down failed; the others were carried out. */
export class TeardownIncomplete extends Schema.TaggedError<TeardownIncomplete>()("TeardownIncomplete", {
  name: Schema.String,
  failures: Schema.Array(Schema.Struct({ step: Schema.String, message: Schema.String }))
}) {
  readonly code = "teardown-incomplete" as const
  override get message(): string {
    const listed = this.failures.map(({ message, step }) => `  ${step}: ${message}`)
    return `${this.name} could not be taken down completely\n${listed.join("\n")}`
  }
  get hint(): string {
    return `mend the cause, then run \`slipway done ${this.name}\` again: it finishes the work`
  }
}

/** Everything that `done` can fail with before it begins. */
export type DoneRefusal = RegistryError | SelectionError | GitFailed | FileUnavailable | ConfirmationNeeded

/** Takes a worktree and its sandbox down without a trace. */
export class Done extends Context.Service<Done, {
  /** What `run` would do now; changes nothing. */
  readonly plan: (request: DoneRequest) => Effect.Effect<DonePlan, DoneRefusal>
  /** One operation: every step runs even when one before it failed; running it again finishes the work. */
  readonly run: (
    request: DoneRequest
  ) => Effect.Effect<
    DoneResult,
    DoneRefusal | WorkWouldBeLost | ApprovalRequired | TeardownIncomplete | JournalUnavailable
  >
}>()("@slipway/core/sandbox/Done") {
  static readonly layer = Layer.effect(
    Done,
    Effect.gen(function*() {
      const files = yield* ProjectFiles
      const git = yield* Git
      const host = yield* Host
      const inventory = yield* Inventory
      const operations = yield* Operations
      const projects = yield* Projects
      const provisioning = yield* Provisioning
      const slots = yield* Slots
      const teardown = yield* Teardown

      /** Looks at one worktree with all that could be lost. */
      const observe = Effect.fnUntraced(function*(known: KnownWorktree, request: DoneRequest) {
        const { repository, slot, worktree } = known
        const present = isPresent(known)
        const [base, remains, config, starting] = yield* Effect.all([
          repository === null ? Effect.succeed(null) : baseOf(repository),
          slot === null ? Effect.succeed(null) : observeEngine(composeProjectOf(slot)),
          repository === null ? Effect.succeed(null) : configOf(repository),
          slot?.status === "starting" && slot.process !== undefined && slot.process.pid !== host.self.pid
            ? host.isAlive(slot.process)
            : Effect.succeed(false)
        ], { concurrency: "unbounded" })
        const [inspection, placed] = yield* Effect.all([
          present ? inspect(known.path, base, request) : Effect.succeed(null),
          present && worktree !== null
            ? provisioning.unchanged({ worktree: known.path, gitDirectory: worktree.gitDirectory })
            : Effect.succeed(new Set<string>())
        ], { concurrency: 2 })
        const branch = repository === null ? null : yield* observeBranch(repository, known, base, inspection)
        const commands = config?.worktree.teardown ?? []
        const approved = commands.length > 0 && repository !== null &&
          (request.approve === true || (yield* provisioning.isApproved(repository.main, commands)))
        const observation: DoneObservation = {
          known,
          inspection,
          placed,
          remains,
          branch: branch?.name ?? worktree?.branch ?? null,
          branchSafe: branch?.safe ?? null,
          starting,
          teardown: { commands: commands.length, approved }
        }
        return { observation, config, branch }
      })

      /** With force, a worktree that git cannot read any more goes too. */
      const inspect = (path: string, base: string | null, request: DoneRequest) =>
        git.inspect(path, base).pipe(
          Effect.catchTag("GitFailed", (error) => request.force === true ? Effect.succeed(null) : Effect.fail(error))
        )

      const baseOf = (repository: Repository) =>
        git.defaultBranch(repository).pipe(
          Effect.map((branch) => branch.ref),
          Effect.orElseSucceed(() => null)
        )

      const configOf = (repository: Repository) =>
        projects.of(repository).pipe(
          Effect.map((project) => project.config),
          Effect.orElseSucceed(() => null)
        )

      const observeEngine = (composeProject: string): Effect.Effect<EngineRemains | null> =>
        Effect.orElseSucceed(teardown.observe(composeProject), () => null)

      const observeBranch = Effect.fnUntraced(function*(
        repository: Repository,
        { identity, worktree }: KnownWorktree,
        base: string | null,
        inspection: WorktreeInspection | null
      ) {
        if (worktree === null) return yield* observeLeftBranch(repository, identity, base)
        if (worktree.branch === null || isUnborn(worktree)) return null
        const { branch, head } = worktree
        const safe = isPushed(worktree, base, inspection) ?? (yield* git.isMergedOrPushed(repository, branch, base))
        return { name: branch, head, safe }
      })

      /** The branch of a worktree that git has no record of any more, unless it is checked out at another place. */
      const observeLeftBranch = Effect.fnUntraced(function*(
        repository: Repository,
        { kind, name: shortName }: WorktreeIdentity,
        base: string | null
      ) {
        if (kind === "other") return null
        const name = `${kind}/${shortName}`
        const head = yield* git.branchHead(repository, name)
        if (head === null) return null
        const isHeld = (yield* git.worktrees(repository)).some((worktree) => worktree.branch === name)
        return isHeld ? null : { name, head, safe: yield* git.isMergedOrPushed(repository, name, base) }
      })

      const select = Effect.fnUntraced(function*(request: DoneRequest) {
        const seen = yield* inventory.observe(request.directory)
        const { known, needsConfirmation } = yield* selectWorktree(seen, request)
        if (needsConfirmation && request.approve !== true) {
          return yield* new ConfirmationNeeded({ name: request.name, match: known.path })
        }
        return known
      })

      const plan = Effect.fn("Done.plan")(function*(request: DoneRequest) {
        const known = yield* select(request)
        const { observation } = yield* observe(known, request)
        return planDone(observation, request)
      })

      const run = Effect.fn("Done.run")(function*(request: DoneRequest) {
        const known = yield* select(request)
        const seen = yield* observe(known, request)
        const planned = planDone(seen.observation, request)
        if (planned.refusals.length > 0 && request.force !== true) {
          return yield* new WorkWouldBeLost({ worktree: known.path, reasons: planned.refusals })
        }
        if (request.force !== true) yield* demandTeardown(known, seen)
        const { failures, warnings } = yield* operations.run({
          kind: "done",
          subject: known.identity.name,
          plan: planned.steps,
          details: detailsOf(known)
        }, (operation) => carryOut(operation, known, planned.steps, request, seen))
        if (failures.length > 0) {
          return yield* new TeardownIncomplete({ name: known.identity.name, failures })
        }
        return {
          project: known.project,
          worktree: known.path,
          branch: planned.branch,
          branchKept: seen.branch !== null && !seen.branch.safe
            ? "its commits are neither merged nor on a remote"
            : null,
          slot: planned.slot,
          warnings: [...planned.warnings, ...warnings]
        }
      })

      /** Without consent, nothing is taken down whose teardown commands could then not be run any more. */
      const demandTeardown = (known: KnownWorktree, seen: Effect.Success<ReturnType<typeof observe>>) =>
        known.repository === null || seen.observation.inspection === null || seen.observation.teardown.approved
          ? Effect.void
          : provisioning.approve({
            repository: known.repository.main,
            commands: seen.config?.worktree.teardown ?? [],
            without: "--force goes on without them"
          })

      /**
       * Every step runs, but what would hide a failure: a slot is only given back when its containers are gone, and a
       * worktree stays while its teardown commands fail, but where it is forced to go.
       */
      const carryOut = Effect.fnUntraced(function*(
        operation: RunningOperation,
        known: KnownWorktree,
        steps: ReadonlyArray<PlannedDoneStep>,
        request: DoneRequest,
        seen: Effect.Success<ReturnType<typeof observe>>
      ) {
        const failures: Array<{ readonly step: string; readonly message: string }> = []
        const warnings: Array<string> = []
        const failed = (step: PlannedDoneStep["step"]) => failures.some((failure) => failure.step === step)
        const carry = Effect.fnUntraced(function*(planned: PlannedDoneStep) {
          const blocked = (planned.step === "remove-slot-folder" || planned.step === "release-slot") &&
              failed("remove-containers") && !(request.force === true && seen.observation.remains === null) ||
            planned.step === "remove-worktree" && failed("teardown") ||
            planned.step === "delete-branch" && (failed("remove-worktree") || failed("teardown"))
          if (blocked) return
          const result = yield* Effect.result(
            operation.step({ ...planned, act: act(planned.step, known, request, seen) })
          )
          if (Result.isSuccess(result)) return
          const { message } = result.failure
          if (planned.step === "teardown" && request.force === true) warnings.push(`teardown: ${message}`)
          else failures.push({ step: planned.step, message })
        })
        const isLast = ({ step }: PlannedDoneStep) => step === "remove-worktree" || step === "delete-branch"
        yield* Effect.forEach(steps.filter((step) => !isLast(step)), carry, { discard: true })
        // Half a worktree looks like one with changes, and a branch without a worktree is known to nobody.
        yield* Effect.uninterruptible(Effect.forEach(steps.filter(isLast), carry, { discard: true }))
        return { failures, warnings }
      })

      const act = (
        step: PlannedDoneStep["step"],
        known: KnownWorktree,
        request: DoneRequest,
        seen: Effect.Success<ReturnType<typeof observe>>
      ): Effect.Effect<void, Problem> => {
        const { repository, slot } = known
        switch (step) {
          case "teardown":
            return repository === null ? Effect.void : provisioning.run({
              repository: repository.main,
              worktree: known.path,
              commands: seen.config?.worktree.teardown ?? [],
              approve: request.approve === true
            })
          case "remove-containers":
            return slot === null
              ? Effect.void
              : Effect.asVoid(teardown.takeDown(slot, { keepVolumes: request.keepVolumes === true }))
          case "remove-slot-folder":
            return slot === null ? Effect.void : files.remove(slot.slot_dir)
          case "release-slot":
            return slot === null ? Effect.void : Effect.asVoid(slots.release(slot))
          case "remove-worktree":
            return repository === null ? Effect.void : git.removeWorktree(repository, known.path)
          case "delete-branch":
            return repository === null || seen.branch === null
              ? Effect.void
              : git.deleteBranch(repository, seen.branch.name, seen.branch.head)
        }
      }

      return Done.of({ plan, run })
    })
  )
}

/** Whether a branch has no commit yet, or none any more. */
const isUnborn = ({ head }: GitWorktree): boolean => /^0*$/u.test(head)

/** Whether a worktree's branch is safe on a remote, where looking at the worktree has told so already; else null. */
const isPushed = (
  { branch, head }: GitWorktree,
  base: string | null,
  inspection: WorktreeInspection | null
): boolean | null =>
  inspection?.branch === branch && inspection.head === head && base?.startsWith("refs/remotes/") === true
    ? inspection.unpushedCount === 0
    : null

/** What a repair after a crash needs to know. */
export const detailsOf = (
  known: { readonly path: string; readonly repository: Repository | null; readonly worktree: GitWorktree | null }
): Readonly<Record<string, string>> => ({
  worktree: known.path,
  ...(known.repository === null ? {} : { repository: known.repository.main }),
  ...(known.worktree === null || known.worktree.branch === null ? {} : { branch: known.worktree.branch })
})
