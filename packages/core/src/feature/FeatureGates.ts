import { Context, Effect, Layer, Result } from "effect"
import { Commands } from "../operation/Commands.ts"
import type { PlannedStep } from "../operation/Journal.ts"
import { Operations, type RunningOperation } from "../operation/Operations.ts"
import type { Gate } from "../project/LifecyclePolicy.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import type { Repository } from "../project/Repository.ts"
import { Git, type GitFailed } from "../worktree/Git.ts"
import type { Actor } from "./Actor.ts"
import { shortCommit } from "./ArtifactRules.ts"
import { nextAction, type NextStep } from "./Classifier.ts"
import { type ChangeError, type ChangeRequest, FeatureChanges } from "./FeatureChanges.ts"
import { branchOf, FeatureObserver } from "./FeatureObserver.ts"
import { BranchMissing, EvidenceRefused, FeatureConflict, GateMissing, ProjectCommandFailed } from "./FeatureProblem.ts"
import { FeatureRecorder, type Recorded } from "./FeatureRecorder.ts"
import { type FeatureTarget, FeatureTargets } from "./FeatureTargets.ts"
import { type FeatureView, gateStatus } from "./FeatureView.ts"
import { keptRun } from "./KeptRun.ts"

/** Which gates are to run. */
export interface GatesRequest extends Pick<ChangeRequest, "directory" | "name" | "as"> {
  /** By name; those that are not green at the head when absent. */
  readonly gates?: ReadonlyArray<string>
  /** Also those that are green. */
  readonly all?: boolean
}

/** One gate that ran. */
export interface GateResult {
  readonly gate: string
  readonly passed: boolean
  /** Null when it did not end in time. */
  readonly exitCode: number | null
  readonly ms: number
  /** What it printed: a file below the main checkout. */
  readonly output: string
}

interface RanGate {
  readonly recorded: Recorded
  readonly result: GateResult
}

/** What came of the gates. */
export interface GatesResult {
  readonly feature: string
  /** What they looked at. */
  readonly commit: string
  readonly results: ReadonlyArray<GateResult>
  readonly next: NextStep
}

/** What gates would run, where and on what. */
export interface GatesPlan {
  readonly feature: string
  readonly commit: string
  readonly worktree: string
  readonly steps: ReadonlyArray<PlannedStep>
}

/** Runs gates: the project's own commands, at the head of a feature's branch. */
export class FeatureGates extends Context.Service<FeatureGates, {
  readonly plan: (request: GatesRequest) => Effect.Effect<GatesPlan, ChangeError>
  /** One operation. A gate that fails is a result, bound to the commit, and does not keep the others from running. */
  readonly run: (request: GatesRequest) => Effect.Effect<GatesResult, ChangeError>
}>()("@slipway/core/feature/FeatureGates") {
  static readonly layer = Layer.effect(
    FeatureGates,
    Effect.gen(function*() {
      const changes = yield* FeatureChanges
      const commands = yield* Commands
      const files = yield* ProjectFiles
      const git = yield* Git
      const observer = yield* FeatureObserver
      const operations = yield* Operations
      const recorder = yield* FeatureRecorder
      const targets = yield* FeatureTargets

      const observe = Effect.fnUntraced(function*(request: GatesRequest) {
        const target = yield* targets.target(request.directory, request.name)
        const actor = yield* targets.actor(target.project, request.as)
        const { feature, policy, project } = target
        const history = yield* targets.history(target)
        const { view } = yield* observer.view({ project, policy, feature, history })
        const gates = yield* Effect.fromResult(chooseGates(view, request))
        const branch = branchOf(project, view)
        const { head } = view.world
        if (head === null) return yield* new BranchMissing({ feature, branch: view.state.branch })
        const worktree = yield* cleanWorktree(target, branch)
        return { target, actor, view, gates, head, worktree }
      })

      /** The worktree that has the branch checked out, with nothing in it that is not in its commit. */
      const cleanWorktree = Effect.fnUntraced(function*({ feature, project }: FeatureTarget, branch: string) {
        const worktrees = yield* git.worktrees(project.repository)
        const worktree = worktrees.find((candidate) => candidate.branch === branch && !candidate.missing)
        if (worktree === undefined) {
          return yield* new EvidenceRefused({
            feature,
            reason: `its branch ${branch} is checked out nowhere, so there is nothing to run a gate in`,
            advice: `\`slipway impl ${feature} --reuse\` makes a worktree for it`
          })
        }
        const dirt = yield* changesIn(worktree.path, true)
        if (dirt.length === 0) return worktree.path
        return yield* new EvidenceRefused({
          feature,
          reason: `${worktree.path} holds what is in no commit: ${someOf(dirt)}`,
          advice: "commit it, stash it, or have git ignore it, then run the gates again"
        })
      })

      const changesIn = (worktree: string, withUntracked: boolean): Effect.Effect<ReadonlyArray<string>, GitFailed> =>
        Effect.map(
          git.summary(worktree, null),
          ({ changes: changed }) =>
            changed.filter(({ kind }) => withUntracked || kind !== "untracked").map(({ path }) => path)
        )

      const plan = Effect.fn("FeatureGates.plan")(function*(request: GatesRequest) {
        const { gates, head, target, worktree } = yield* observe(request)
        return { feature: target.feature, commit: head, worktree, steps: gates.map(stepOf) }
      })

      const runGate = Effect.fnUntraced(function*(
        operation: RunningOperation,
        seen: {
          readonly target: FeatureTarget
          readonly actor: Actor
          readonly head: string
          readonly worktree: string
        },
        gate: Gate,
        ran: Array<RanGate>
      ) {
        const { actor, head, target, worktree } = seen
        const { feature, project } = target
        const kept = yield* keptRun({
          command: gate.command,
          directory: worktree,
          variables: { SLIPWAY_FEATURE: feature, SLIPWAY_GATE: gate.name, SLIPWAY_COMMIT: head },
          timeout: gate.timeout,
          main: project.repository.main,
          output: `.ai/projects/${feature}/gates/${gate.name}-${shortCommit(head)}`,
          onLine: (line) => operation.note("detail", line)
        }).pipe(Effect.provideService(Commands, commands), Effect.provideService(ProjectFiles, files))
        yield* demandSameCommit(target.feature, project.repository, worktree, gate, head)
        const recorded = yield* recorder.record({
          target,
          actor,
          command: () =>
            Effect.succeed({
              _tag: "Record",
              event: {
                _tag: "GateRan",
                gate: gate.name,
                phase: gate.phase,
                command: gate.command,
                commit: head,
                ...kept
              }
            })
        })
        const result: GateResult = {
          gate: gate.name,
          passed: kept.passed,
          exitCode: kept.exitCode,
          ms: kept.ms,
          output: kept.output.path
        }
        ran.push({ recorded, result })
        if (kept.passed) return
        return yield* new ProjectCommandFailed({
          what: `the gate ${gate.name}`,
          exitCode: kept.exitCode,
          output: kept.output.path
        })
      })

      /** What changed the commit, or files of it, has looked at something that nobody can look at again. */
      const demandSameCommit = Effect.fnUntraced(function*(
        feature: string,
        repository: Repository,
        worktree: string,
        gate: Gate,
        head: string
      ) {
        const [changed, worktrees] = yield* Effect.all([changesIn(worktree, false), git.worktrees(repository)], {
          concurrency: 2
        })
        const now = worktrees.find(({ path }) => path === worktree)?.head ?? null
        if (changed.length === 0 && now === head) return
        return yield* new EvidenceRefused({
          feature,
          reason: now === head
            ? `the gate ${gate.name} changed files while it ran: ${someOf(changed)}`
            : `the branch moved while the gate ${gate.name} ran`,
          advice: "commit what belongs to the feature, then run the gates again"
        })
      })

      const run = Effect.fn("FeatureGates.run")(function*(request: GatesRequest) {
        const seen = yield* observe(request)
        const { gates, head, target } = seen
        const { feature, project } = target
        const ran: Array<RanGate> = []
        const runAll = operations.run(
          {
            kind: "feature-gates",
            subject: feature,
            plan: gates.map(stepOf),
            details: { repository: project.repository.main, feature, worktree: seen.worktree, commit: head }
          },
          (operation) =>
            Effect.gen(function*() {
              const ends = yield* Effect.forEach(gates, (gate) =>
                operation.step({ ...stepOf(gate), act: runGate(operation, seen, gate, ran) }).pipe(
                  Effect.catchTag("ProjectCommandFailed", (failure) =>
                    Effect.succeed(failure))
                ))
              const failure = ends.find((end) =>
                end !== undefined
              )
              if (failure !== undefined) return yield* failure
            })
        )
        // In the trail of operations it failed; for whoever asked, it is a result.
        yield* gates.length === 0 ? Effect.void : Effect.catchTag(runAll, "ProjectCommandFailed", () => Effect.void)
        const last = ran.at(-1)
        const next = last === undefined
          ? { ...nextAction(seen.view), root: project.repository.main }
          : (yield* changes.settle(target, last.recorded)).next
        return { feature, commit: head, results: ran.map(({ result }) => result), next }
      })

      return FeatureGates.of({ plan, run })
    })
  )
}

const stepOf = (gate: Gate): PlannedStep => ({
  step: `gate-${gate.name}`,
  title: `run the gate ${gate.name}: ${gate.command.join(" ")}`,
  reason: `a gate of ${gate.phase}`
})

/** Gates that were asked for by name, all, or those that are not green at the head. */
const chooseGates = (
  view: FeatureView,
  { all, gates: names }: GatesRequest
): Result.Result<ReadonlyArray<Gate>, FeatureConflict | GateMissing> => {
  const { gates } = view.policy
  const unknown = names?.find((name) => !gates.some((gate) => gate.name === name))
  const refuse = (reason: string, advice: string) =>
    Result.fail(new FeatureConflict({ feature: view.name, reason, advice }))
  if (gates.length === 0) {
    return refuse("the project has no gates", "name them in [[lifecycle.gates]] of .devops-ai/infra.toml")
  }
  if (unknown !== undefined) {
    return Result.fail(new GateMissing({ gate: unknown, known: gates.map(({ name }) => name) }))
  }
  if (view.state.archived !== null) {
    return refuse("it is archived", `\`slipway feature restore ${view.name} --reason TEXT\` takes it up again`)
  }
  if (names !== undefined && names.length > 0) return Result.succeed(gates.filter(({ name }) => names.includes(name)))
  return Result.succeed(all === true ? gates : gates.filter((gate) => gateStatus(view, gate) !== "passed"))
}

/** The first few of a list, and how many more there are. */
const someOf = (items: ReadonlyArray<string>): string =>
  items.length > 5 ? `${items.slice(0, 5).join(", ")} and ${items.length - 5} more` : items.join(", ")
