import { Schema } from "effect"
import { FeatureEvent } from "../feature/FeatureEvent.ts"
import { actions, phases } from "../feature/Lifecycle.ts"
import { isReleasedByTable, openComments, phaseByTable, type TaskByTable, tasksByTable } from "./FeatureModelOracle.ts"
import type { Situation } from "./FeatureModelSituation.ts"
import { approvalProperties } from "./FeaturePropertiesOfApprovals.ts"
import { lifeProperties } from "./FeaturePropertiesOfLives.ts"
import { always, demand, type FeatureProperty, frozen, snapshot } from "./FeatureProperty.ts"

const isArchivedByLog = ({ events }: Situation): boolean =>
  events.findLast(({ event }) => event._tag === "FeatureArchived" || event._tag === "FeatureRestored")
    ?.event._tag === "FeatureArchived"

const isEvent = Schema.is(FeatureEvent)

const situationProperties: ReadonlyArray<FeatureProperty> = [
  always("asking twice gives the same answer and changes nothing", (engine, situation) => {
    const { events, policy, world } = frozen(situation)
    const fold = engine.foldFeature(events)
    const view = { name: "user-auth", state: fold, world, policy }
    const before = snapshot(view)
    const answers = () => snapshot([engine.nextAction(view), engine.phaseOf(view), engine.explainNext(view)])
    demand(answers() === answers(), () => "two answers to the same question")
    demand(snapshot(view) === before, () => "asking changed the view")
    demand(snapshot(engine.foldFeature(events)) === snapshot(fold), () => "two states of the same log")
  }),

  always("every state has exactly one action, with the rule that gave it", (engine, _, view) => {
    const next = engine.nextAction(view)
    demand(actions.includes(next.action), () => `no action: ${next.action}`)
    demand(phases.includes(next.phase), () => `no phase: ${next.phase}`)
    demand(next.rule !== "" && next.reason.trim() !== "", () => `no reason: ${JSON.stringify(next)}`)
    demand(next.revision === view.state.revision, () => `answers for revision ${next.revision}`)
    if (next.artifact !== undefined) {
      demand(next.path === view.world.texts[next.artifact].path, () => `${next.artifact} at ${next.path}`)
    }
    if (next.task_id !== undefined) demand(view.state.tasks.has(next.task_id), () => `no task ${next.task_id}`)
  }),

  always("done is said only of what is archived, or released and deployed", (engine, situation, view) => {
    const isDone = engine.nextAction(view).action === "done"
    const isOpen = openComments(situation, "blocker").length > 0 || openComments(situation, "question").length > 0
    const isFinished = isArchivedByLog(situation) || (isReleasedByTable(situation) && !isOpen)
    demand(isDone === isFinished, () => isDone ? "done too early" : "finished, and not done")
  }),

  always("the phase is the first whose exit condition does not hold", (engine, situation, view) => {
    const phase = engine.phaseOf(view)
    const expected = phaseByTable(situation)
    demand(phase === expected, () => `${phase}, by the table ${expected}: ${JSON.stringify(situation)}`)
  }),

  always("open blockers come before all else, then open questions", (engine, situation, view) => {
    const next = engine.nextAction(view)
    if (isArchivedByLog(situation)) return demand(next.action === "done", () => `archived, and ${next.action}`)
    const blockers = openComments(situation, "blocker").map(({ comment }) => comment)
    const questions = openComments(situation, "question").map(({ comment }) => comment)
    const isAsked = blockers.length > 0 || questions.length > 0
    const expected = blockers.length > 0 ? "unblock" : "answer-question"
    demand(
      isAsked ? next.action === expected : next.action !== "unblock" && next.action !== "answer-question",
      () => `blocked by ${blockers.join(", ")}, asked ${questions.join(", ")}, and ${next.action}`
    )
    const open = blockers.length > 0 ? blockers : questions
    if (isAsked) demand(sameMembers(next.blocked_by, open), () => `blocked by ${next.blocked_by.join(", ")}`)
  }),

  always(
    "a task is offered when it waits for none; what is started first, then in order",
    (engine, situation, view) => {
      const next = engine.nextAction(view)
      if (next.action !== "implement-task" || next.task_id === undefined) return
      const tasks = tasksByTable(situation)
      const isReady = (task: TaskByTable): boolean =>
        task.dependsOn.every((id) => tasks.some((other) => other.id === id && other.isDone))
      const offered = tasks.find(({ id }) => id === next.task_id)
      demand(
        offered !== undefined && isReady(offered),
        () => `${next.task_id} waits for ${offered?.dependsOn.join(", ")}`
      )
      const started = tasks.find((task) => task.status === "in-progress" && isReady(task))
      if (started !== undefined) {
        demand(started.id === next.task_id, () => `${next.task_id} comes before ${started.id}, which is started`)
      }
      const before = tasks.find((task) => task.status === offered?.status && !task.isDone && isReady(task))
      demand(before?.id === next.task_id, () => `${next.task_id} comes before ${before?.id}`)
    }
  ),

  always("the rules explain the answer: it is of the first that holds", (engine, _, view) => {
    const next = engine.nextAction(view)
    const explained = engine.explainNext(view)
    const first = explained.find(({ holds }) => holds)
    demand(first?.rule === next.rule && first.why === next.reason, () => `${next.rule}, explained by ${first?.rule}`)
    demand(new Set(explained.map(({ rule }) => rule)).size === explained.length, () => "two rules of one name")
    demand(explained.every(({ why }) => why.trim() !== ""), () => "a rule without words")
    const asking = explained.find(({ holds, phase }) => holds && phase !== null)
    const phase = engine.phaseOf(view)
    demand((asking?.phase ?? "released") === phase, () => `${phase}, explained by ${asking?.rule}`)
    if (first !== undefined && first.phase !== null) {
      demand(next.phase === phase, () => `an action of ${next.phase} in ${phase}`)
    }
  }),

  always("a log of any events is folded, its first part too", (engine, { events }) => {
    demand(events.every(({ event }) => isEvent(event)), () => "an event that no log takes")
    for (const length of [0, 1, Math.floor(events.length / 2), events.length]) {
      const state = engine.foldFeature(events.slice(0, length))
      demand(state.revision === Math.min(length, events.length), () => `revision ${state.revision} of ${length}`)
    }
  })
]

const sameMembers = (some: ReadonlyArray<string>, others: ReadonlyArray<string>): boolean =>
  some.length === others.length && others.every((one) => some.includes(one))

/** What holds for every engine of features. */
export const featureProperties: ReadonlyArray<FeatureProperty> = [
  ...situationProperties,
  ...lifeProperties,
  ...approvalProperties
]
