import { Context, DateTime, Effect, Layer } from "effect"
import type { LockBusy } from "../slot/SlotRegistry.ts"
import type { Actor } from "./Actor.ts"
import { decideFeature } from "./DecideFeature.ts"
import { earlierRevision } from "./EarlierRequest.ts"
import type { FeatureCommand } from "./FeatureCommand.ts"
import type { CommandKey, FeatureEventTag, FeatureLogEntry } from "./FeatureEvent.ts"
import { FeatureLog, type LogUnavailable, type NewEntry } from "./FeatureLog.ts"
import { FeatureObserver, type ObservationError, type SeenFeature } from "./FeatureObserver.ts"
import type { FeatureMissing, FeatureRefusal } from "./FeatureProblem.ts"
import { type FeatureTarget, FeatureTargets } from "./FeatureTargets.ts"
import type { FeatureView } from "./FeatureView.ts"
import { foldFeature } from "./FoldFeature.ts"
import type { FeatureHistory, LogFault } from "./LogLines.ts"

/** One change of a feature. */
export interface RecordRequest<E, R> {
  readonly target: FeatureTarget
  readonly actor: Actor
  /** Repeated with the same key, the same request is not done again. */
  readonly key?: CommandKey | undefined
  /** The revision that the caller saw. */
  readonly expected?: number | undefined
  /** Commits of which it is to be seen whether the branch contains them. */
  readonly alsoContained?: ReadonlyArray<string>
  /** What is asked for, made from what is seen while nobody else can change the feature. */
  readonly command: (seen: SeenFeature) => Effect.Effect<FeatureCommand, E, R>
}

/** A change that is in the log. */
export interface Recorded {
  readonly entry: FeatureLogEntry
  /** The feature after it. */
  readonly view: FeatureView
  readonly contents: SeenFeature["contents"]
  /** Whether it was there already, under the same key. */
  readonly isReplay: boolean
}

/** Why nothing was recorded. */
export type RecordError =
  | FeatureMissing
  | FeatureRefusal
  | LockBusy
  | LogFault
  | LogUnavailable
  | ObservationError

/**
 * Changes features: looks, decides and appends while nobody else can, so the evidence that an event names was there when
 * it was written. One change is one line, on disk or not; the log is its own journal.
 */
export class FeatureRecorder extends Context.Service<FeatureRecorder, {
  readonly record: <E, R>(request: RecordRequest<E, R>) => Effect.Effect<Recorded, E | RecordError, R>
}>()("@slipway/core/feature/FeatureRecorder") {
  static readonly layer = Layer.effect(
    FeatureRecorder,
    Effect.gen(function*() {
      const log = yield* FeatureLog
      const observer = yield* FeatureObserver
      const targets = yield* FeatureTargets

      const look = (
        { policy, project, feature }: FeatureTarget,
        history: FeatureHistory,
        also?: ReadonlyArray<string>
      ) => observer.view({ project, policy, feature, history, ...(also === undefined ? {} : { alsoContained: also }) })

      const record = Effect.fn("FeatureRecorder.record")(function*<E, R>(request: RecordRequest<E, R>) {
        const { actor, key, target } = request
        // Set while the log is held, by the one who holds it.
        const under: { seen: SeenFeature | null; isReplay: boolean } = { seen: null, isReplay: false }
        const history = yield* log.append(
          target.address,
          Effect.fnUntraced(function*(before: FeatureHistory | null) {
            if (before === null) return yield* Effect.flatMap(targets.missing(target), Effect.fail)
            const state = foldFeature(before.entries)
            const earlier = yield* Effect.fromResult(earlierRevision(target.feature, state, request))
            under.isReplay = earlier !== null
            if (under.isReplay) return null
            const seen = yield* look(target, before, request.alsoContained)
            under.seen = seen
            const event = yield* Effect.fromResult(decideFeature(seen.view, yield* request.command(seen), actor))
            const at = DateTime.formatIso(yield* DateTime.now)
            const entry: NewEntry = { at, actor, event, ...(key === undefined ? {} : { key }) }
            return entry
          })
        )
        const state = foldFeature(history.entries)
        const { isReplay, seen } = under
        const revision = isReplay && key !== undefined ? state.keys.get(key.id)?.revision : state.revision
        const entry = history.entries[(revision ?? 0) - 1]
        if (entry === undefined) return yield* Effect.die(new Error(`${target.feature} has no event ${revision}`))
        const after: SeenFeature = seen === null || changesWorld.has(entry.event._tag)
          ? yield* look(target, history)
          : seenAfter(seen, state)
        return { entry, view: after.view, contents: after.contents, isReplay }
      })

      return FeatureRecorder.of({ record })
    })
  )
}

/** Events after which there is something else to be seen. */
const changesWorld: ReadonlySet<FeatureEventTag> = new Set([
  "BranchMerged",
  "FeatureDeployed",
  "DependencyAdded",
  "DependencyRemoved",
  "WorktreeRecorded"
])

const seenAfter = (seen: SeenFeature, state: FeatureView["state"]): SeenFeature => ({
  ...seen,
  view: { ...seen.view, state }
})
