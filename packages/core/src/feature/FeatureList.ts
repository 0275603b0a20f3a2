import { Clock, Effect, Result } from "effect"
import { Digest } from "../operation/Digest.ts"
import type { ConfigInvalid } from "../project/ConfigInvalid.ts"
import type { Artifact, LifecyclePolicy } from "../project/LifecyclePolicy.ts"
import { artifacts } from "../project/LifecyclePolicy.ts"
import type { Project } from "../project/Project.ts"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import { Git, type GitFailed } from "../worktree/Git.ts"
import { type NextAction, nextAction } from "./Classifier.ts"
import { FeatureLog, type ListedFeature } from "./FeatureLog.ts"
import { artifactDigest, branchesOf, FeatureObserver, type ObservationError } from "./FeatureObserver.ts"
import type { FeatureState } from "./FeatureState.ts"
import type { FeatureView, PresentText } from "./FeatureView.ts"
import { foldFeature } from "./FoldFeature.ts"
import { type Phase, phases } from "./Lifecycle.ts"

/** A feature of a list. */
export interface FeatureRow {
  readonly feature: string
  readonly title: string
  readonly phase: Phase
  readonly next: Pick<NextAction, "action" | "task_id" | "actor" | "reason" | "rule" | "blocked_by">
  readonly revision: number
  /** ISO 8601. */
  readonly createdAt: string
  readonly updatedAt: string
  /** Seconds since it was last changed. */
  readonly ageSeconds: number
  readonly isArchived: boolean
}

/** A feature that could not be read: its log, its texts, or the log of a feature that it waits for. */
export interface UnreadableFeature {
  readonly feature: string
  readonly problem: Exclude<ObservationError, ConfigInvalid | GitFailed>
}

/** What a list needs to know of a log. */
export type ListedLog = Result.Result<{ readonly feature: string; readonly state: FeatureState }, UnreadableFeature>

/** What a list keeps of a log. */
export const listedLog = ({ feature, history }: ListedFeature): ListedLog =>
  Result.mapBoth(history, {
    onSuccess: ({ entries }) => ({ feature, state: foldFeature(entries) }),
    onFailure: (problem) => ({ feature, problem })
  })

/** What a list is made of. */
interface ListRequest {
  readonly project: Project
  readonly policy: LifecyclePolicy
  readonly logs: ReadonlyArray<ListedLog>
}

interface Entry {
  readonly feature: string
  readonly state: FeatureState
}

/**
 * How all features stand. Most of them are told by their log and their texts alone: git is asked only about those that
 * are worked on, or wait for others.
 */
export const listFeatures = Effect.fn("listFeatures")(function*({ logs, policy, project }: ListRequest) {
  const git = yield* Git
  const entries = logs.flatMap((log) => Result.isSuccess(log) ? [log.success] : [])
  const heads = entries.length === 0 ? new Map<string, string>() : yield* git.branchHeads(project.repository)
  const now = yield* Clock.currentTimeMillis
  const texts = yield* submittedTexts(project.repository.main, entries)
  const rows = yield* Effect.forEach(entries, (entry, index) => {
    const own = texts[index] ?? Result.succeed(new Map<Artifact, PresentText>())
    if (Result.isFailure(own)) return Effect.succeed([Result.fail(unreadable(entry.feature, own.failure))])
    const branches = branchesOf(project, entry.feature, entry.state).filter((name) => heads.has(name))
    const head = heads.get(branches[0] ?? "") ?? null
    const told = toldView(entry, policy, head, own.success)
    const next = nextAction(told)
    return branches.length < 2 && isTold(told, next)
      ? Effect.succeed([Result.succeed(rowOf(told, next, now))])
      : observedRow(project, policy, entry.feature, now)
  }, { concurrency: 8 })
  const failed = [...failuresOf(logs), ...failuresOf(rows.flat())]
  return {
    rows: rows.flat().flatMap((row) => Result.isSuccess(row) ? [row.success] : []),
    unreadable: failed.toSorted((one, other) => one.feature < other.feature ? -1 : 1)
  }
})

const failuresOf = <A, E>(results: ReadonlyArray<Result.Result<A, E>>): ReadonlyArray<E> =>
  results.flatMap((result) => Result.isFailure(result) ? [result.failure] : [])

const unreadable = (feature: string, problem: UnreadableFeature["problem"]): UnreadableFeature => ({ feature, problem })

/** The row of a feature about which more has to be asked than its log; none when it has gone meanwhile. */
const observedRow = Effect.fnUntraced(function*(
  project: Project,
  policy: LifecyclePolicy,
  feature: string,
  now: number
) {
  const log = yield* FeatureLog
  const observer = yield* FeatureObserver
  const looked = yield* Effect.result(Effect.gen(function*() {
    const history = yield* log.read({ main: project.repository.main, feature })
    return history === null ? null : (yield* observer.view({ project, policy, feature, history })).view
  }))
  if (Result.isSuccess(looked)) {
    return looked.success === null ? [] : [Result.succeed(rowOf(looked.success, nextAction(looked.success), now))]
  }
  const problem = looked.failure
  // What is wrong with the project is wrong with the whole list.
  return problem._tag === "ConfigInvalid" || problem._tag === "GitFailed"
    ? yield* problem
    : [Result.fail(unreadable(feature, problem))]
})

type OwnTexts = Result.Result<ReadonlyMap<Artifact, PresentText>, FileUnavailable>

/** Digests of the texts that were submitted, as they are now. One that cannot be read does not hide the others. */
const submittedTexts = Effect.fnUntraced(function*(main: string, entries: ReadonlyArray<Entry>) {
  const all = yield* Effect.result(textsOf(main, entries))
  return Result.isSuccess(all)
    ? all.success.map((texts): OwnTexts => Result.succeed(texts))
    : yield* Effect.forEach(entries, (entry) =>
      Effect.map(
        Effect.result(textsOf(main, [entry])),
        (own): OwnTexts => Result.map(own, ([texts]) => texts ?? new Map())
      ))
})

/** All of them are read in one go. */
const textsOf = Effect.fnUntraced(function*(main: string, entries: ReadonlyArray<Entry>) {
  const files = yield* ProjectFiles
  const hash = yield* Digest
  const wanted = entries.flatMap(({ state }, index) =>
    [...state.submissions.values()].filter(({ artifact }) => !state.waivers.has(artifact))
      .map(({ artifact, path }) => ({ index, artifact, path }))
  )
  const contents = yield* files.readMany(wanted.map(({ path }) => `${main}/${path}`))
  const texts = entries.map(() => new Map<Artifact, PresentText>())
  for (const [at, { artifact, index, path }] of wanted.entries()) {
    const text = contents[at] ?? null
    texts[index]?.set(artifact, { path, sha256: text === null ? null : artifactDigest(artifact, text, hash) })
  }
  return texts
})

const unknownText: PresentText = { path: "", sha256: null }

/**
 * A feature as far as its log and its texts tell. What git confirmed when the branch was merged and deployed stays true
 * of these commits for ever: a merge is only recorded while all that is asked for at its head is there.
 */
const toldView = (
  { feature, state }: Entry,
  policy: LifecyclePolicy,
  head: string | null,
  texts: ReadonlyMap<Artifact, PresentText>
): FeatureView => {
  const isConfirmed = isMergedAsRecorded(state, head)
  return {
    name: feature,
    state,
    policy,
    world: {
      // All artifacts are in it.
      texts: Object.fromEntries(artifacts.map((artifact) => [artifact, texts.get(artifact) ?? unknownText])) as Record<
        Artifact,
        PresentText
      >,
      head,
      hasOwnCommits: false,
      contained: new Set(isConfirmed ? [...state.tasks.values()].flatMap(({ commits }) => commits) : []),
      mergeContainsHead: isConfirmed,
      base: null,
      deploymentContainsMerge: isConfirmed && (state.deployment?.revision ?? 0) > (state.merge?.revision ?? 0),
      released: new Set(),
      standing: new Set()
    }
  }
}

/** Whether the branch is where it was merged, or gone, and no task changed since. */
const isMergedAsRecorded = ({ merge, tasks }: FeatureState, head: string | null): boolean =>
  merge !== null && (head === null || head === merge.head) &&
  [...tasks.values()].every(({ revision }) => revision < merge.revision)

const workBegins = phases.indexOf("implementation")

/** Whether nothing that only git or another feature's log can tell matters. */
const isTold = ({ state, world }: FeatureView, next: NextAction): boolean =>
  state.dependsOn.size === 0 && (phases.indexOf(next.phase) < workBegins || world.mergeContainsHead)

const rowOf = ({ name, state }: FeatureView, next: NextAction, now: number): FeatureRow => ({
  feature: name,
  title: state.title,
  phase: next.phase,
  next: {
    action: next.action,
    ...(next.task_id === undefined ? {} : { task_id: next.task_id }),
    actor: next.actor,
    reason: next.reason,
    rule: next.rule,
    blocked_by: next.blocked_by
  },
  revision: state.revision,
  createdAt: state.createdAt,
  updatedAt: state.updatedAt,
  ageSeconds: Math.max(0, Math.floor((now - Date.parse(state.updatedAt)) / 1000)),
  isArchived: state.archived !== null
})
