import { Context, Effect, Layer } from "effect"
import { Commands } from "../operation/Commands.ts"
import type { PlannedStep } from "../operation/Journal.ts"
import { Operations } from "../operation/Operations.ts"
import { ProjectFiles } from "../project/ProjectFiles.ts"
import { Git } from "../worktree/Git.ts"
import { shortCommit } from "./ArtifactRules.ts"
import type { NextStep } from "./Classifier.ts"
import { whyNotNow } from "./DecideFeature.ts"
import { type ChangeError, type ChangeRequest, FeatureChanges } from "./FeatureChanges.ts"
import type { FeatureEvent } from "./FeatureEvent.ts"
import { FeatureObserver } from "./FeatureObserver.ts"
import { DeploymentUnconfigured, EvidenceRefused, ProjectCommandFailed, TextInvalid } from "./FeatureProblem.ts"
import { FeatureRecorder, type Recorded } from "./FeatureRecorder.ts"
import type { MergeRecord } from "./FeatureState.ts"
import { type FeatureTarget, FeatureTargets } from "./FeatureTargets.ts"
import { keptRun } from "./KeptRun.ts"
import { textFault } from "./TextRules.ts"

/** Which feature is to be deployed. */
export interface DeployRequest extends Pick<ChangeRequest, "directory" | "name" | "as"> {
  /** Where a deployment can be seen that was made elsewhere: it is recorded, and nothing runs. */
  readonly record?: string
  /** What that deployment deployed: anything that git takes for a commit; the merge when absent. */
  readonly revision?: string
}

/** What came of a deployment. */
export interface DeployResult {
  readonly feature: string
  readonly commit: string
  readonly succeeded: boolean
  /** Null for a record, and for a command that did not end in time. */
  readonly exitCode: number | null
  readonly ms: number
  /** What it printed: a file below the main checkout; null for a record. */
  readonly output: string | null
  readonly reference: string | null
  readonly next: NextStep
}

/** What a deployment would do. */
export interface DeployPlan {
  readonly feature: string
  readonly commit: string
  readonly steps: ReadonlyArray<PlannedStep>
}

/** Why nothing was deployed. */
export type DeployError = ChangeError | DeploymentUnconfigured

/** Deploys features that are merged, by the project's own command. */
export class FeatureDeploy extends Context.Service<FeatureDeploy, {
  readonly plan: (request: DeployRequest) => Effect.Effect<DeployPlan, DeployError>
  /** One operation. A command that fails is a result: it is recorded, and to be deployed stays the next step. */
  readonly run: (request: DeployRequest) => Effect.Effect<DeployResult, DeployError>
}>()("@slipway/core/feature/FeatureDeploy") {
  static readonly layer = Layer.effect(
    FeatureDeploy,
    Effect.gen(function*() {
      const changes = yield* FeatureChanges
      const commands = yield* Commands
      const files = yield* ProjectFiles
      const git = yield* Git
      const observer = yield* FeatureObserver
      const operations = yield* Operations
      const recorder = yield* FeatureRecorder
      const targets = yield* FeatureTargets

      const observe = Effect.fnUntraced(function*(request: DeployRequest) {
        const fault = request.record === undefined
          ? request.revision === undefined ? null : new TextInvalid({ what: "record", reason: "is missing" })
          : textFault("record", request.record)
        if (fault !== null) return yield* fault
        const target = yield* targets.target(request.directory, request.name)
        const actor = yield* targets.actor(target.project, request.as)
        const { feature, policy, project } = target
        const history = yield* targets.history(target)
        const { view } = yield* observer.view({ project, policy, feature, history })
        const against = whyNotNow(view, ["deploy"])
        const { merge } = view.state
        if (against !== null) return yield* against
        if (merge === null) return yield* Effect.die(new Error(`${feature} is to be deployed and was never merged`))
        const commit = request.record === undefined
          ? yield* deployable(target, merge)
          : yield* recordable(target, merge, request.revision ?? merge.commit)
        return { target, actor, commit }
      })

      /** What stands in the main checkout, where the command runs: a commit with the merge in it, and nothing else. */
      const deployable = Effect.fnUntraced(function*({ feature, policy, project }: FeatureTarget, merge: MergeRecord) {
        if (policy.deploy === null) return yield* new DeploymentUnconfigured({ feature })
        const { main } = project.repository
        const { changes: changed, head } = yield* git.summary(main, null)
        // The entry that Slipway itself adds to .gitignore changes nothing that is deployed.
        const dirt = changed.filter(({ kind, path }) => kind !== "untracked" && path !== ".gitignore")
          .map(({ path }) => path)
        if (dirt.length > 0) {
          return yield* new EvidenceRefused({
            feature,
            reason: `${main} holds changes that are in no commit: ${dirt.slice(0, 5).join(", ")}`,
            advice: "commit or stash them, then deploy"
          })
        }
        return yield* demandMerge(feature, project.repository, merge, head, `${main} stands at`)
      })

      const recordable = Effect.fnUntraced(function*(
        { feature, project }: FeatureTarget,
        merge: MergeRecord,
        revision: string
      ) {
        const commit = yield* git.commit(project.repository, revision)
        return commit === null
          ? yield* new EvidenceRefused({
            feature,
            reason: `there is no commit ${revision}`,
            advice: "name the commit that was deployed"
          })
          : yield* demandMerge(feature, project.repository, merge, commit, "what was deployed is")
      })

      const demandMerge = Effect.fnUntraced(function*(
        feature: string,
        repository: FeatureTarget["project"]["repository"],
        merge: MergeRecord,
        commit: string,
        words: string
      ) {
        const contained = yield* git.contained(repository, [merge.commit], commit)
        return contained.has(merge.commit) ? commit : yield* new EvidenceRefused({
          feature,
          reason: `${words} ${shortCommit(commit)}, which does not contain its merge ${shortCommit(merge.commit)}`,
          advice: `check ${merge.into} out in the main checkout, or deploy a commit that contains it`
        })
      })

      const plan = Effect.fn("FeatureDeploy.plan")(function*(request: DeployRequest) {
        const { commit, target } = yield* observe(request)
        return { feature: target.feature, commit, steps: [stepOf(target, request, commit)] }
      })

      const run = Effect.fn("FeatureDeploy.run")(function*(request: DeployRequest) {
        const { actor, commit, target } = yield* observe(request)
        const { feature, project } = target
        const { main } = project.repository
        const step = stepOf(target, request, commit)
        const done: { recorded: Recorded | null } = { recorded: null }
        const deployAll = operations.run({
          kind: "feature-deploy",
          subject: feature,
          plan: [step],
          details: { repository: main, feature, commit }
        }, (operation) =>
          operation.step({
            ...step,
            act: Effect.gen(function*() {
              const event = yield* deploy(target, request, commit, (line) => operation.note("detail", line))
              done.recorded = yield* recorder.record({
                target,
                actor,
                command: () => Effect.succeed({ _tag: "Record", event })
              })
              if (event.succeeded) return
              return yield* new ProjectCommandFailed({
                what: "the deployment",
                exitCode: event.exitCode,
                output: event.output?.path ?? ""
              })
            })
          }))
        // In the trail of operations it failed; for whoever asked, it is a result.
        yield* Effect.catchTag(deployAll, "ProjectCommandFailed", () => Effect.void)
        const { recorded } = done
        if (recorded === null) return yield* Effect.die(new Error(`the deployment of ${feature} was not recorded`))
        const { event } = recorded.entry
        if (event._tag !== "FeatureDeployed") return yield* Effect.die(new Error(`${feature} was not deployed`))
        const { next } = yield* changes.settle(target, recorded)
        const { exitCode, ms, output, reference, succeeded } = event
        return { feature, commit, succeeded, exitCode, ms, reference, output: output?.path ?? null, next }
      })

      const deploy = Effect.fnUntraced(function*(
        { feature, policy, project }: FeatureTarget,
        request: DeployRequest,
        commit: string,
        onLine: (line: string) => Effect.Effect<void>
      ) {
        const deployed = { _tag: "FeatureDeployed", commit } as const
        if (request.record !== undefined || policy.deploy === null) {
          const event: DeployedEvent = {
            ...deployed,
            succeeded: true,
            exitCode: null,
            ms: 0,
            reference: request.record ?? null,
            output: null
          }
          return event
        }
        const { main } = project.repository
        const { exitCode, ms, output, passed } = yield* keptRun({
          command: policy.deploy.command,
          directory: main,
          variables: { SLIPWAY_FEATURE: feature, SLIPWAY_COMMIT: commit },
          timeout: policy.deploy.timeout,
          main,
          output: `.ai/projects/${feature}/deployments/${shortCommit(commit)}`,
          onLine
        }).pipe(Effect.provideService(Commands, commands), Effect.provideService(ProjectFiles, files))
        // What was deployed while the checkout moved is nobody's commit.
        const { head } = yield* git.summary(main, null)
        const event: DeployedEvent = {
          ...deployed,
          succeeded: passed && head === commit,
          exitCode,
          ms,
          reference: null,
          output
        }
        return event
      })

      return FeatureDeploy.of({ plan, run })
    })
  )
}

type DeployedEvent = Extract<FeatureEvent, { readonly _tag: "FeatureDeployed" }>

const stepOf = ({ policy }: FeatureTarget, { record }: DeployRequest, commit: string): PlannedStep =>
  record === undefined
    ? { step: "deploy", title: `deploy ${shortCommit(commit)}: ${policy.deploy?.command.join(" ") ?? ""}` }
    : { step: "record-deployment", title: `record that ${shortCommit(commit)} was deployed: ${record}` }
