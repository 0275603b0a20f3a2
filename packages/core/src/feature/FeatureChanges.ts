import canonicalize from "canonicalize"
import { Context, DateTime, Effect, Layer } from "effect"
import { Digest } from "../operation/Digest.ts"
import type { JournalUnavailable, PlannedStep } from "../operation/Journal.ts"
import { Operations } from "../operation/Operations.ts"
import { sha256 } from "../operation/Sha256.ts"
import { parseChecklist } from "../project/Checklist.ts"
import { type Artifact, type LifecyclePolicy, waivedByLightProfile } from "../project/LifecyclePolicy.ts"
import { type SpecFormat, SpecProjects } from "../spec/SpecProjects.ts"
import { Git } from "../worktree/Git.ts"
import { parseFeature } from "../worktree/WorktreeName.ts"
import type { Actor } from "./Actor.ts"
import { type NextAction, nextAction, type NextStep } from "./Classifier.ts"
import { longestArtifact } from "./DecideArtifact.ts"
import { decideFeature } from "./DecideFeature.ts"
import { earlierRevision } from "./EarlierRequest.ts"
import type { FeatureCommand, SubmittedText } from "./FeatureCommand.ts"
import type { CommandKey, FeatureEvent, FeatureLogEntry } from "./FeatureEvent.ts"
import type { FeatureIntent } from "./FeatureIntent.ts"
import { FeatureLog } from "./FeatureLog.ts"
import { artifactDigest, FeatureObserver, type SeenFeature } from "./FeatureObserver.ts"
import { EvidenceRefused, FeatureConflict, FeatureExists } from "./FeatureProblem.ts"
import { FeatureRecorder, type Recorded, type RecordError } from "./FeatureRecorder.ts"
import { type FeatureTarget, FeatureTargets, type TargetError } from "./FeatureTargets.ts"
import type { FeatureView } from "./FeatureView.ts"
import { foldFeature } from "./FoldFeature.ts"
import { wellFormed } from "./LogLines.ts"
import { boxesToChange, changeBoxes } from "./TaskBoxes.ts"
import { intentFault, textFault } from "./TextRules.ts"
import type { ActorInvalid, ActorRefused } from "./WhoActs.ts"

/** What is to happen to which feature, and by whom. */
export interface ChangeRequest {
  /** Any folder of the project. */
  readonly directory: string
  readonly name: string
  readonly intent: FeatureIntent
  /** `agent:ID` or `human:ID`; who runs the process when absent. */
  readonly as?: string
  /** Repeated with the same key, the same request has the first one's result. */
  readonly key?: string
  /** The revision that the caller saw; any when absent. */
  readonly expected?: number
}

/** A feature that is to begin. */
export interface CreateRequest extends Pick<ChangeRequest, "directory" | "name" | "as"> {
  /** For people; the name when absent. */
  readonly title?: string
  readonly description?: string
  /** The tool that its folder is for; none when absent. A folder that is there keeps its own. */
  readonly format?: SpecFormat
  /** Branch of its work, where it is not the one of its worktrees. */
  readonly branch?: string
}

/** A change that was made. */
export interface FeatureChange {
  readonly feature: string
  readonly entry: FeatureLogEntry
  /** Whether the same request was made before, under the same key. */
  readonly isReplay: boolean
  readonly next: NextStep
}

/** What a change would be. */
export interface FeaturePreview {
  readonly feature: string
  readonly actor: Actor
  readonly event: FeatureEvent
}

/** What a creation would be. */
export interface CreatePlan extends FeaturePreview {
  readonly steps: ReadonlyArray<PlannedStep>
}

/** Why nothing was changed. */
export type ChangeError = ActorInvalid | ActorRefused | JournalUnavailable | RecordError | TargetError

/** Begins features and changes them. */
export class FeatureChanges extends Context.Service<FeatureChanges, {
  readonly create: (request: CreateRequest) => Effect.Effect<FeatureChange, ChangeError>
  /** What `create` would do; nothing is changed. */
  readonly planCreate: (request: CreateRequest) => Effect.Effect<CreatePlan, ChangeError>
  readonly change: (request: ChangeRequest) => Effect.Effect<FeatureChange, ChangeError>
  /** What `change` would write into the log; nothing is changed. */
  readonly preview: (request: ChangeRequest) => Effect.Effect<FeaturePreview, ChangeError>
  /** After a change that was made by other means: brings what others read up to it. */
  readonly settle: (target: FeatureTarget, recorded: Recorded) => Effect.Effect<FeatureChange, ChangeError>
}>()("@slipway/core/feature/FeatureChanges") {
  static readonly layer = Layer.effect(
    FeatureChanges,
    Effect.gen(function*() {
      const git = yield* Git
      const hash = yield* Digest
      const log = yield* FeatureLog
      const observer = yield* FeatureObserver
      const operations = yield* Operations
      const recorder = yield* FeatureRecorder
      const specs = yield* SpecProjects
      const targets = yield* FeatureTargets

      /** What is recorded is recorded: that others could not be brought up to it is told, and made up for by the next. */
      const settle = Effect.fn("FeatureChanges.settle")(function*(target: FeatureTarget, recorded: Recorded) {
        const { contents, entry, isReplay, view } = recorded
        const { feature, project: { repository } } = target
        const boxes = boxesToChange(contents.tasks ?? "", view.state.tasks)
        const settled = boxes.length === 0 ? view : afterTicks(view, hash(changeBoxes(contents.tasks ?? "", boxes)))
        const next = { ...nextAction(settled), root: target.address.main }
        yield* Effect.forEach(boxes, ({ isChecked, ...box }) => specs.tick(repository, feature, box, isChecked), {
          discard: true
        }).pipe(
          Effect.andThen(specs.refresh(repository, feature, specStatus(next))),
          Effect.catch(({ hint, message }) =>
            Effect.logWarning(`event ${entry.seq} of ${feature} is recorded, but ${message}; ${hint}`)
          )
        )
        return { feature, entry, isReplay, next }
      })

      const commandOf = Effect.fnUntraced(function*(
        target: FeatureTarget,
        intent: FeatureIntent,
        commits: ReadonlyArray<string>,
        seen: SeenFeature
      ) {
        const command: FeatureCommand = intent._tag === "Submit"
          ? { ...intent, text: submittedText(intent.artifact, seen) }
          : intent._tag === "CompleteTask"
          ? { _tag: "CompleteTask", task: intent.task, commits }
          : intent._tag === "Depend"
          ? { ...intent, graph: yield* dependencies(target, intent.dependsOn, intent.remove) }
          : intent
        return command
      })

      /** What each feature depends on that can be reached from one, which must be there. */
      const dependencies = Effect.fnUntraced(function*(target: FeatureTarget, first: string, isGoing: boolean) {
        const graph = new Map<string, ReadonlySet<string>>()
        if (isGoing) return graph
        const start = { ...target, feature: first, address: { ...target.address, feature: first } }
        const waiting = [yield* Effect.fromResult(parseFeature(first))]
        for (const name of waiting) {
          if (graph.has(name)) continue
          const history = yield* log.read({ ...target.address, feature: name })
          if (history === null && name === first) return yield* Effect.flatMap(targets.missing(start), Effect.fail)
          const { dependsOn } = foldFeature(history?.entries ?? [])
          graph.set(name, dependsOn)
          waiting.push(...dependsOn)
        }
        return graph
      })

      /** The full ids of the commits that revisions name. */
      const resolve = Effect.fnUntraced(
        function*({ feature, project }: FeatureTarget, revisions: ReadonlyArray<string>) {
          return yield* Effect.forEach(
            revisions,
            (revision) =>
              Effect.flatMap(git.commit(project.repository, revision), (commit) =>
                commit === null
                  ? new EvidenceRefused({
                    feature,
                    reason: `there is no commit ${revision}`,
                    advice: "name a commit of this repository, as git log shows it"
                  })
                  : Effect.succeed(commit))
          )
        }
      )

      const prepare = Effect.fnUntraced(function*({ as, directory, intent, name }: ChangeRequest) {
        const fault = intentFault(intent)
        if (fault !== null) return yield* fault
        const target = yield* targets.target(directory, name)
        const actor = yield* targets.actor(target.project, as)
        const commits = intent._tag === "CompleteTask" ? yield* resolve(target, intent.revisions) : []
        return { target, actor, commits }
      })

      const change = Effect.fn("FeatureChanges.change")(function*(request: ChangeRequest) {
        const { actor, commits, target } = yield* prepare(request)
        const recorded = yield* recorder.record({
          target,
          actor,
          key: keyOf(request),
          expected: request.expected,
          alsoContained: commits,
          command: (seen) => commandOf(target, request.intent, commits, seen)
        })
        return yield* settle(target, recorded)
      })

      const preview = Effect.fn("FeatureChanges.preview")(function*(request: ChangeRequest) {
        const { actor, commits, target } = yield* prepare(request)
        const { feature, policy, project } = target
        const history = yield* targets.history(target)
        const asked = { key: keyOf(request), expected: request.expected }
        const earlier = yield* Effect.fromResult(earlierRevision(feature, foldFeature(history.entries), asked))
        const done = earlier === null ? undefined : history.entries[earlier - 1]
        if (done !== undefined) return { feature, actor: done.actor, event: done.event }
        const seen = yield* observer.view({ project, policy, feature, history, alsoContained: commits })
        const command = yield* commandOf(target, request.intent, commits, seen)
        return { feature, actor, event: yield* Effect.fromResult(decideFeature(seen.view, command, actor)) }
      })

      const beginning = Effect.fnUntraced(function*(request: CreateRequest) {
        const target = yield* targets.target(request.directory, request.name)
        const actor = yield* targets.actor(target.project, request.as)
        const { branch = null, description = "", title = target.feature } = request
        const fault = textFault("title", title) ??
          (description === "" ? null : textFault("description", description)) ??
          (branch === null ? null : textFault("branch", branch))
        if (fault !== null) return yield* fault
        if (branch !== null && branch === (yield* git.defaultBranch(target.project.repository)).name) {
          return yield* new FeatureConflict({
            feature: target.feature,
            reason: `${branch} is the branch that features are merged into`,
            advice: "name another branch, or leave it to `slipway impl`"
          })
        }
        if ((yield* log.read(target.address)) !== null) return yield* new FeatureExists({ feature: target.feature })
        const metadata = (yield* specs.folder(target.project.repository, target.feature))?.metadata ?? null
        const event = creation(target.policy, {
          title: request.title ?? metadata?.displayName ?? target.feature,
          description: request.description ?? metadata?.description ?? "",
          branch: request.branch ?? null
        })
        return { target, actor, event }
      })

      const planCreate = Effect.fn("FeatureChanges.planCreate")(function*(request: CreateRequest) {
        const { actor, event, target } = yield* beginning(request)
        return { feature: target.feature, actor, event, steps: createSteps(target.feature) }
      })

      const create = Effect.fn("FeatureChanges.create")(function*(request: CreateRequest) {
        const { actor, event, target } = yield* beginning(request)
        const { address, feature, policy, project } = target
        const [establish, begin] = createSteps(feature)
        const history = yield* operations.run({
          kind: "feature-create",
          subject: feature,
          plan: [establish, begin],
          details: { repository: project.repository.main, feature }
        }, (operation) =>
          Effect.andThen(
            operation.step({
              ...establish,
              act: specs.establish(project.repository, {
                name: feature,
                format: request.format ?? null,
                displayName: event.title,
                description: event.description
              })
            }),
            operation.step({
              ...begin,
              act: log.append(address, (before) =>
                before === null
                  ? Effect.map(DateTime.now, (now) => ({ at: DateTime.formatIso(now), actor, event }))
                  : new FeatureExists({ feature }))
            })
          ))
        const [entry] = history.entries
        if (entry === undefined) return yield* Effect.die(new Error(`${feature} has no first event`))
        const { contents, view } = yield* observer.view({ project, policy, feature, history })
        return yield* settle(target, { entry, view, contents, isReplay: false })
      })

      return FeatureChanges.of({ create, planCreate, change, preview, settle })
    })
  )
}

/** A feature whose tasks.md has other ticks: its digest is the same, as a tick is no edit. */
const afterTicks = (view: FeatureView, fileSha256: string): FeatureView => {
  const { texts } = view.world
  return { ...view, world: { ...view.world, texts: { ...texts, tasks: { ...texts.tasks, fileSha256 } } } }
}

const createSteps = (feature: string) =>
  [
    { step: "establish-folder", title: `make .ai/projects/${feature}` },
    { step: "begin-log", title: `begin the log of ${feature}` }
  ] as const

const creation = (
  policy: LifecyclePolicy,
  named: { readonly title: string; readonly description: string; readonly branch: string | null }
): Extract<FeatureEvent, { readonly _tag: "FeatureCreated" }> => ({
  _tag: "FeatureCreated",
  ...named,
  profile: policy.profile,
  waived: policy.profile === "light"
    ? waivedByLightProfile.filter((artifact) => policy.waivable.includes(artifact))
      .map((artifact) => ({ artifact, reason: "the project's profile is light" }))
    : []
})

const submittedText = (artifact: Artifact, { contents, view }: SeenFeature): SubmittedText | null => {
  const text = contents[artifact]
  return text === null ? null : {
    path: view.world.texts[artifact].path,
    sha256: artifactDigest(artifact, text),
    length: text.length,
    isBlank: text.trim() === "",
    checklist: text.length > longestArtifact ? [] : parseChecklist(text)
  }
}

/** The key of a request, bound to what is asked for: another request under the same key is no repetition. */
const keyOf = ({ as, intent, key, name }: ChangeRequest): CommandKey | undefined =>
  key === undefined
    ? undefined
    : { id: key, request: sha256(canonicalize(wellFormed({ name, as: as ?? null, intent })) ?? "") }

/** The status that a spec project's metadata shows. */
const specStatus = ({ action, phase }: NextAction): string => {
  if (action === "done") return phase === "released" ? "complete" : "archived"
  return phase === "draft" ? "new" : "in-progress"
}
