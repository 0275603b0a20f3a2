import { Result, Schema } from "effect"
import type { NextAction } from "../feature/Classifier.ts"
import type { FeatureCommand } from "../feature/FeatureCommand.ts"
import { FeatureEvent } from "../feature/FeatureEvent.ts"
import type { RecordedEvent } from "../feature/FoldFeature.ts"
import { phases } from "../feature/Lifecycle.ts"
import type { FeatureEngine } from "./FeatureEngine.ts"
import { cooperate, whoCan } from "./FeatureModelCooperation.ts"
import { diceOf } from "./FeatureModelDice.ts"
import { type Cause, causeText, type Moment, type Walk } from "./FeatureModelMoment.ts"
import { openComments, tasksByTable } from "./FeatureModelOracle.ts"
import { modelActors } from "./FeatureModelPolicy.ts"
import { perform } from "./FeatureModelWalk.ts"
import { acceptedIn } from "./FeaturePropertiesOfApprovals.ts"
import { demand, type FeatureProperty, snapshot, storyOf } from "./FeatureProperty.ts"

const isEvent = Schema.is(FeatureEvent)

/** Changes of the world that put no evidence out of date. */
const harmlessChanges: ReadonlySet<string> = new Set([
  "the default branch moved",
  "a dependency was released",
  "the worktree's folder vanished"
])

/** Whether a phase may go back because of something. */
const canSendBack = (cause: Cause, before: Moment): boolean => {
  if (cause._tag === "Changed") return !harmlessChanges.has(cause.what)
  if (cause._tag !== "Accepted") return false
  const { event } = cause
  switch (event._tag) {
    case "ArtifactRejected":
    case "WaiverRevoked":
    case "DependencyAdded":
    case "TaskAdded":
    case "TaskStarted":
    case "WorktreeRecorded":
      return true
    case "GateRan":
      return !event.passed || event.command.length !== 3
    case "ArtifactSubmitted":
      return (event.tasks ?? []).some(({ task }) => !before.view.state.tasks.has(task))
    case "TaskCancelled":
      // The only work that there was.
      return !before.view.world.hasOwnCommits
    default:
      return false
  }
}

/** Carries out what is asked for next, until nothing is. Gives the moments, each with what was asked for before it. */
const followed = (
  engine: FeatureEngine,
  start: Moment,
  limit: number
): { readonly asked: ReadonlyArray<NextAction>; readonly last: Moment } => {
  const asked: Array<NextAction> = []
  let moment = start
  for (let next = engine.nextAction(moment.view); next.action !== "done"; next = engine.nextAction(moment.view)) {
    asked.push(next)
    if (asked.length > limit) break
    for (const doing of cooperate(moment.view, next, diceOf(0))) moment = perform(engine, moment, doing)
  }
  return { asked, last: moment }
}

const whatIsAsked = ({ action, artifact, blocked_by, gates, head, rule, task_id }: NextAction): string =>
  JSON.stringify([action, artifact, blocked_by, gates, head, rule, task_id])

const checkPromise = (engine: FeatureEngine, walk: Walk, at: number, start: Moment): void => {
  const next = engine.nextAction(start.view)
  const told = () => `${JSON.stringify(next)}\n${storyOf(walk, at)}`
  if (next.action === "done") return
  let moment = start
  for (const doing of cooperate(start.view, next, diceOf(0))) {
    if (doing._tag === "Ask") {
      const { command } = doing.ask(moment)
      for (const actor of whoCan(next)) {
        const decided = engine.decideFeature(moment.view, command, actor)
        demand(
          Result.isSuccess(decided),
          () => `${actor.kind}:${actor.id} is refused ${JSON.stringify(command)}: ${String(decided)}\n${told()}`
        )
      }
    }
    moment = perform(engine, moment, doing)
    demand(moment.cause._tag !== "Refused", () => `${causeText(moment.cause)}\n${told()}`)
  }
  const after = engine.nextAction(moment.view)
  demand(whatIsAsked(after) !== whatIsAsked(next), () => `it leads nowhere: ${told()}`)
}

/** How many steps a feature can take at most from a moment on, when everybody does what is asked for. */
const stepsLeft = ({ entries, view }: Moment): number => {
  const { policy, world } = view
  const tasks = tasksByTable({ events: entries, world, policy }).length
  // What tasks.md may still bring, too.
  const work = 3 * (tasks + 3)
  return work + openComments({ events: entries }, "blocker").length +
    openComments({ events: entries }, "question").length
    + 2 * policy.gates.length + 30
}

const everyCommand = (tasks: Iterable<string>, comments: Iterable<string>): ReadonlyArray<FeatureCommand> => {
  const [task = "task-001"] = tasks
  const [comment = "comment-001"] = comments
  const reason = "so it is"
  return [
    { _tag: "Submit", artifact: "spec", text: null },
    { _tag: "Approve", artifact: "spec", sha256: null },
    { _tag: "Reject", artifact: "spec", reason },
    { _tag: "Waive", artifact: "spec", reason },
    { _tag: "RevokeWaiver", artifact: "spec", reason },
    { _tag: "AddTask", title: "Parse", dependsOn: [] },
    { _tag: "StartTask", task },
    { _tag: "CompleteTask", task, commits: [] },
    { _tag: "BlockTask", task, reason },
    { _tag: "UnblockTask", task, reason },
    { _tag: "CancelTask", task, reason },
    { _tag: "DependTask", task, dependsOn: "task-002", remove: false },
    { _tag: "Depend", dependsOn: "billing", remove: false, graph: new Map() },
    { _tag: "Comment", kind: "note", text: reason },
    { _tag: "Resolve", comment, answer: reason },
    { _tag: "Archive", reason },
    {
      _tag: "Record",
      event: { _tag: "WorktreeRecorded", branch: "user-auth", worktree: "/code/shop", milestone: null, slot: null }
    }
  ]
}

const idsOf = (kind: "task" | "comment", { event }: RecordedEvent): ReadonlyArray<string> => {
  if (kind === "comment") return event._tag === "CommentAdded" ? [event.comment] : []
  if (event._tag === "TaskAdded") return [event.task]
  return event._tag === "ArtifactSubmitted" ? (event.tasks ?? []).map(({ task }) => task) : []
}

/** Whether each of some depends on none that depends on it: leaves are taken away as long as there are any. */
const isAcyclic = (dependsOn: ReadonlyMap<string, ReadonlyArray<string>>): boolean => {
  const left = new Map(dependsOn)
  for (let size = -1; size !== left.size;) {
    size = left.size
    for (const [id, ids] of left) if (!ids.some((other) => left.has(other))) left.delete(id)
  }
  return left.size === 0
}

export const lifeProperties: ReadonlyArray<FeatureProperty> = [
  {
    name: "the phase goes back only when evidence is taken away or more is asked for",
    ofWalk: (engine, walk) => {
      let before: Moment = walk.moments[0]
      for (const [at, after] of walk.moments.entries()) {
        const [from, to] = [engine.phaseOf(before.view), engine.phaseOf(after.view)]
        const isBack = phases.indexOf(to) < phases.indexOf(from)
        demand(!isBack || canSendBack(after.cause, before), () => `from ${from} to ${to}\n${storyOf(walk, at)}`)
        before = after
      }
    }
  },
  {
    name: "what is asked for is accepted from everyone whom the answer allows, and leads on",
    ofWalk: (engine, walk) => {
      for (const [at, moment] of walk.moments.entries()) checkPromise(engine, walk, at, moment)
    }
  },
  {
    name: "whoever does what is asked for gets done",
    ofWalk: (engine, walk) => {
      const at = walk.moments.length - 1
      const start = walk.moments[at] ?? walk.moments[0]
      const limit = stepsLeft(start)
      const { asked, last } = followed(engine, start, limit)
      demand(
        engine.nextAction(last.view).action === "done",
        () => `not done after ${limit} steps: ${asked.slice(-8).map(whatIsAsked).join("\n")}\n${storyOf(walk, at)}`
      )
    }
  },
  {
    name: "what is refused leaves no trace",
    ofWalk: (engine, walk) => {
      for (const [at, { cause, entries, view }] of walk.moments.entries()) {
        if (cause._tag !== "Refused") continue
        const before = walk.moments[at - 1]
        demand(entries === before?.entries, () => `the log grew\n${storyOf(walk, at)}`)
        demand(snapshot(view.state) === snapshot(engine.foldFeature(entries)), () => `changed\n${storyOf(walk, at)}`)
        const again = engine.decideFeature(view, cause.command, cause.actor)
        demand(Result.isFailure(again) && again.failure.message === cause.why, () => `not twice\n${storyOf(walk, at)}`)
        demand(Result.isFailure(again) && again.failure.hint !== "", () => `no hint\n${storyOf(walk, at)}`)
      }
    }
  },
  {
    name: "every first part of a log is a state that was, and what is accepted can be logged",
    ofWalk: (engine, walk) => {
      for (const [at, { entries, view }] of walk.moments.entries()) {
        const all = walk.moments.at(-1)?.entries ?? []
        const prefix = all.slice(0, entries.length)
        demand(snapshot(engine.foldFeature(prefix)) === snapshot(view.state), () => `changed\n${storyOf(walk, at)}`)
        demand(view.state.revision === entries.length, () => `revision ${view.state.revision}\n${storyOf(walk, at)}`)
      }
      for (const { at, event } of acceptedIn(walk)) {
        demand(isEvent(event), () => `no log takes ${JSON.stringify(event)}\n${storyOf(walk, at)}`)
      }
    }
  },
  {
    name: "ids are never used twice",
    ofWalk: (_, walk) => {
      for (const { at, before, event } of acceptedIn(walk)) {
        const entry: RecordedEvent = { seq: 0, at: "", actor: modelActors[0], event }
        for (const kind of ["task", "comment"] as const) {
          const used = before.entries.flatMap((one) => idsOf(kind, one))
          const ids = idsOf(kind, entry)
          demand(new Set(ids).size === ids.length, () => `${ids.join(", ")} in one event\n${storyOf(walk, at)}`)
          const isNew = event._tag === "TaskAdded" || event._tag === "CommentAdded"
          const isReused = isNew && ids.some((id) => used.includes(id))
          demand(!isReused, () => `${ids.join(", ")} was used before\n${storyOf(walk, at)}`)
          const fresh = ids.filter((id) => !used.includes(id))
          const highest = used.toSorted().at(-1) ?? ""
          demand(fresh.every((id) => id > highest), () => `${fresh.join(", ")} after ${highest}\n${storyOf(walk, at)}`)
        }
      }
    }
  },
  {
    name: "tasks never wait for each other in a circle",
    ofWalk: (_, walk) => {
      for (const [at, { entries, view: { policy, world } }] of walk.moments.entries()) {
        const tasks = tasksByTable({ events: entries, world, policy })
        const graph = new Map(tasks.map(({ dependsOn, id }) => [id, dependsOn]))
        demand(isAcyclic(graph), () => `a circle\n${storyOf(walk, at)}`)
      }
    }
  },
  {
    name: "what is archived takes nothing but its restoration",
    ofWalk: (engine, walk) => {
      for (const { at, before, event } of acceptedIn(walk)) {
        if (before.view.state.archived === null) continue
        // What ran meanwhile ran: a gate, a deployment.
        if (event._tag === "GateRan" || event._tag === "FeatureDeployed") continue
        demand(event._tag === "FeatureRestored", () => `${event._tag} of what is archived\n${storyOf(walk, at)}`)
      }
      const at = walk.moments.length - 1
      const last = walk.moments[at] ?? walk.moments[0]
      const ask = (moment: Moment, command: FeatureCommand) =>
        perform(engine, moment, { _tag: "Ask", ask: () => ({ command, actor: modelActors[2] ?? modelActors[0] }) })
      const archived = last.view.state.archived === null ? ask(last, { _tag: "Archive", reason: "not now" }) : last
      for (const command of everyCommand(last.view.state.tasks.keys(), last.view.state.comments.keys())) {
        const { cause } = ask(archived, command)
        if (cause._tag === "Accepted" && command._tag === "Record") continue
        demand(cause._tag === "Refused", () => `${command._tag} of what is archived\n${storyOf(walk, at)}`)
      }
      const restored = ask(archived, { _tag: "Restore", reason: "it goes on" })
      demand(restored.cause._tag === "Accepted", () => `not restored\n${storyOf(walk, at)}`)
      demand(
        engine.phaseOf(restored.view) === engine.phaseOf(last.view),
        () => `archiving and restoring changed the phase\n${storyOf(walk, at)}`
      )
    }
  }
]
