import { Context, Effect, Layer } from "effect"
import { Digest } from "../operation/Digest.ts"
import { sha256 } from "../operation/Sha256.ts"
import { untickAll } from "../project/Checklist.ts"
import type { ConfigInvalid } from "../project/ConfigInvalid.ts"
import { type Artifact, artifacts, type LifecyclePolicy } from "../project/LifecyclePolicy.ts"
import type { Project } from "../project/Project.ts"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import type { Repository } from "../project/Repository.ts"
import { type SpecError, SpecProjects } from "../spec/SpecProjects.ts"
import { Git, type GitFailed } from "../worktree/Git.ts"
import { worktreeNames } from "../worktree/WorktreeName.ts"
import { isReleased } from "./Classifier.ts"
import { FeatureLog, type LogUnavailable } from "./FeatureLog.ts"
import type { ConflictRecord, FeatureState } from "./FeatureState.ts"
import type { FeatureView, FeatureWorld, PresentText } from "./FeatureView.ts"
import { foldFeature } from "./FoldFeature.ts"
import type { FeatureHistory, LogFault } from "./LogLines.ts"

/** The texts of a feature's folder, as they are now. */
export interface PresentTexts {
  readonly present: Readonly<Record<Artifact, PresentText>>
  /** What stands in them; null for a missing one. */
  readonly contents: Readonly<Record<Artifact, string | null>>
}

/** A feature as it stands, and its texts. */
export interface SeenFeature {
  readonly view: FeatureView
  /** What stands in the artifacts; null for a missing one. */
  readonly contents: PresentTexts["contents"]
}

/** Why a feature could not be looked at. */
export type ObservationError = ConfigInvalid | FileUnavailable | GitFailed | LogFault | LogUnavailable | SpecError

/**
 * The digest of an artifact: of tasks.md with every box unticked, because a tick is progress and no edit.
 *
 * `hash` is SHA-256, by whoever does it fastest.
 */
export const artifactDigest = (
  artifact: Artifact,
  text: string,
  hash: (text: string) => string = sha256
): string => hash(artifact === "tasks" ? untickAll(text) : text)

/** Looks at what the log of a feature speaks of: its texts, its branch, the features that it waits for. */
export class FeatureObserver extends Context.Service<FeatureObserver, {
  /**
   * A feature as it stands, after a history. `alsoContained` are commits of which it is to be told, beside those of the
   * log, whether the branch contains them.
   */
  readonly view: (
    request: {
      readonly project: Project
      readonly policy: LifecyclePolicy
      readonly feature: string
      readonly history: FeatureHistory
      readonly alsoContained?: ReadonlyArray<string>
    }
  ) => Effect.Effect<SeenFeature, ObservationError>
}>()("@slipway/core/feature/FeatureObserver") {
  static readonly layer = Layer.effect(
    FeatureObserver,
    Effect.gen(function*() {
      const files = yield* ProjectFiles
      const git = yield* Git
      const log = yield* FeatureLog
      const hash = yield* Digest
      const specs = yield* SpecProjects

      const texts = Effect.fnUntraced(function*(repository: Repository, feature: string) {
        const folder = yield* specs.folder(repository, feature)
        const base = `.ai/projects/${feature}`
        const found = yield* Effect.forEach(artifacts, (artifact) =>
          Effect.gen(function*() {
            const names = specs.artifactFiles(folder?.format ?? null, artifact)
            for (const name of names) {
              const text = yield* files.read(`${repository.main}/${base}/${name}`, { follow: false })
              if (text !== null) return { artifact, path: `${base}/${name}`, text }
            }
            return { artifact, path: `${base}/${names[0]}`, text: null }
          }), { concurrency: artifacts.length })
        return {
          present: byArtifact(found, ({ artifact, path, text }) => {
            if (text === null) return { path, sha256: null }
            const digest = artifactDigest(artifact, text, hash)
            const fileSha256 = artifact === "tasks" ? hash(text) : digest
            return fileSha256 === digest ? { path, sha256: digest } : { path, sha256: digest, fileSha256 }
          }),
          contents: byArtifact(found, ({ text }) => text)
        }
      })

      /**
       * The branch whose head evidence must name: of several the last one with work of its own, so that a fresh one
       * takes nothing over; once all is merged, the one that was.
       */
      const currentBranch = Effect.fnUntraced(function*(
        project: Project,
        feature: string,
        state: FeatureState
      ) {
        const { repository } = project
        const { merge } = state
        const names = branchesOf(project, feature, state)
        const found = yield* Effect.forEach(
          names,
          (name) => Effect.map(git.branchHead(repository, name), (head) => head === null ? [] : [{ name, head }])
        )
        const candidates = found.flat()
        if (candidates.length < 2) return candidates[0] ?? null
        const { ref } = yield* git.defaultBranch(repository)
        const merged = yield* git.contained(repository, candidates.map(({ head }) => head), ref)
        return candidates.find(({ head }) => !merged.has(head)) ??
          (merge === null ? candidates[0] : candidates.find(({ name }) => name === merge.branch)) ?? null
      })

      /** What a merge would go onto now: the remote's head where the conflict was with that, as the local one lagged. */
      const baseOf = Effect.fnUntraced(function*(repository: Repository, conflict: ConflictRecord) {
        const local = yield* git.branchHead(repository, conflict.into)
        const { name, ref } = yield* git.defaultBranch(repository)
        const remote = name === conflict.into ? yield* git.commit(repository, ref) : null
        return conflict.base === remote ? remote : local
      })

      const evidence = Effect.fnUntraced(function*(
        project: Project,
        feature: string,
        state: FeatureState,
        alsoContained: ReadonlyArray<string>
      ) {
        const { repository } = project
        const { conflict, deployment, merge } = state
        const current = yield* currentBranch(project, feature, state)
        const branchHead = current?.head ?? null
        const effective = branchHead ?? merge?.head ?? null
        const container = branchHead ?? merge?.commit ?? null
        const completed = [...state.tasks.values()].flatMap(({ commits }) => commits)
        const wanted = [...new Set([...completed, ...alsoContained, ...(effective === null ? [] : [effective])])]
        const none: ReadonlySet<string> = new Set()
        const [inDefault, inBranch, mergeContains, deploymentContains, base] = yield* Effect.all([
          effective === null ? Effect.succeed(none) : Effect.flatMap(
            git.defaultBranch(repository),
            ({ ref }) => git.contained(repository, [effective, ...alsoContained], ref)
          ),
          container === null || wanted.length === 0
            ? Effect.succeed(none)
            : git.contained(repository, wanted, container),
          merge === null || effective === null
            ? Effect.succeed(false)
            : Effect.map(git.contained(repository, [effective], merge.commit), (set) => set.has(effective)),
          merge === null || deployment === null
            ? Effect.succeed(false)
            : Effect.map(git.contained(repository, [merge.commit], deployment.commit), (set) => set.has(merge.commit)),
          conflict === null ? Effect.succeed(null) : baseOf(repository, conflict)
        ], { concurrency: "unbounded" })
        // What the default branch had before the feature was merged is no work of the feature.
        const isOld = (commit: string) => merge === null && inDefault.has(commit) && !completed.includes(commit)
        return {
          head: branchHead,
          ...(current === null ? {} : { branch: current.name }),
          hasOwnCommits: effective !== null && !inDefault.has(effective),
          contained: new Set([...inBranch].filter((commit) => !alsoContained.includes(commit) || !isOld(commit))),
          mergeContainsHead: mergeContains,
          deploymentContainsMerge: deploymentContains,
          base
        }
      })

      /** A feature whose log cannot be read is not known to be released: who waits for it goes on waiting. */
      const isReleasedNow = (request: Request, name: string, known: Map<string, boolean>) =>
        Effect.gen(function*() {
          const history = yield* log.read({ main: request.project.repository.main, feature: name })
          if (history === null) return false
          const { view } = yield* viewOf({ ...request, feature: name, history }, known)
          return isReleased(view)
        }).pipe(
          Effect.catchTags({
            LogCorrupt: () => Effect.succeed(false),
            LogUnsupported: () => Effect.succeed(false),
            LogUnavailable: () => Effect.succeed(false)
          })
        )

      /** Each feature is looked at once, however many wait for it; one that waits for itself is not released. */
      const releasedOf = Effect.fnUntraced(function*(
        request: Request,
        state: FeatureState,
        known: Map<string, boolean>
      ) {
        for (const name of state.dependsOn) {
          if (known.has(name)) continue
          known.set(name, false)
          known.set(name, yield* isReleasedNow(request, name, known))
        }
        return new Set([...state.dependsOn].filter((name) => known.get(name) === true))
      })

      const viewOf: (
        request: Request,
        known: Map<string, boolean>
      ) => Effect.Effect<SeenFeature, ObservationError> = Effect.fnUntraced(function*(request, known) {
        const { feature, policy, project } = request
        const state = foldFeature(request.history.entries)
        const [present, seen, released, standing] = yield* Effect.all([
          texts(project.repository, feature),
          evidence(project, feature, state, request.alsoContained ?? []),
          releasedOf(request, state, known),
          Effect.filter(
            [...state.worktrees.keys()],
            (path) => Effect.map(files.kind(path), (kind) => kind === "directory")
          )
        ], { concurrency: "unbounded" })
        const world: FeatureWorld = { texts: present.present, ...seen, released, standing: new Set(standing) }
        return { view: { name: feature, state, world, policy }, contents: present.contents }
      })

      return FeatureObserver.of({
        view: Effect.fn("FeatureObserver.view")((request) => viewOf(request, new Map([[request.feature, false]])))
      })
    })
  )
}

interface Request {
  readonly project: Project
  readonly policy: LifecyclePolicy
  readonly feature: string
  readonly history: FeatureHistory
  readonly alsoContained?: ReadonlyArray<string>
}

const usualBranch = (prefix: string, feature: string): string =>
  worktreeNames(prefix, "impl", { feature, milestone: null }).branch

/** The branch of a feature: the one that is looked at, else the one that is recorded, else the one that `impl` makes. */
export const branchOf = (project: Project, { name, state, world }: Pick<FeatureView, "name" | "state" | "world">) =>
  world.branch ?? state.branch ?? usualBranch(project.prefix, name)

/** The branches that can be a feature's, by its log alone. */
export const branchesOf = (project: Project, feature: string, { branches }: FeatureState): ReadonlyArray<string> =>
  branches.length === 0 ? [usualBranch(project.prefix, feature)] : branches

const byArtifact = <A extends { readonly artifact: Artifact }, B>(
  found: ReadonlyArray<A>,
  pick: (item: A) => B
): Readonly<Record<Artifact, B>> =>
  // All artifacts were looked for.
  Object.fromEntries(found.map((item) => [item.artifact, pick(item)])) as Record<Artifact, B>
