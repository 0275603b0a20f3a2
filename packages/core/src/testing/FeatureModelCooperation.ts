import type { Actor } from "../feature/Actor.ts"
import type { NextAction } from "../feature/Classifier.ts"
import type { FeatureCommand } from "../feature/FeatureCommand.ts"
import type { FeatureEvent } from "../feature/FeatureEvent.ts"
import type { FeatureState } from "../feature/FeatureState.ts"
import type { FeatureView } from "../feature/FeatureView.ts"
import type { Artifact, Gate } from "../project/LifecyclePolicy.ts"
import type { Dice } from "./FeatureModelDice.ts"
import type { Doing, Moment } from "./FeatureModelMoment.ts"
import { modelActors } from "./FeatureModelPolicy.ts"
import {
  committed,
  goodText,
  handIn,
  mainMergedIn,
  mergedIntoMain,
  type ModelText,
  withText
} from "./FeatureModelWorld.ts"

/**
 * What somebody does who carries out what is asked for next, with nothing but what the answer tells and the texts hold.
 * The last of it is the command that the answer promised, where there is one.
 */
export const cooperate = (view: FeatureView, next: NextAction, dice: Dice): ReadonlyArray<Doing> => {
  const actor = dice.pickOr(whoCan(next), dice.pick(modelActors))
  const ask = (command: FeatureCommand): Doing => ({ _tag: "Ask", ask: () => ({ command, actor }) })
  const submit = (artifact: Artifact): ReadonlyArray<Doing> => [
    written(artifact, dice),
    {
      _tag: "Ask",
      ask: ({ world }) => ({ actor, command: { _tag: "Submit", artifact, text: handIn(world, artifact) } })
    }
  ]
  const record = (what: (moment: Moment) => RecordableEvent): Doing => ({
    _tag: "Ask",
    ask: (moment) => ({ actor, command: { _tag: "Record", event: what(moment) } })
  })
  switch (next.action) {
    case "create-spec":
    case "create-design":
    case "create-tasks":
    case "create-qa-plan":
    case "create-review":
    case "create-audit":
    case "run-qa":
      return next.artifact === undefined ? [] : submit(next.artifact)
    case "approve-spec":
    case "approve-design":
    case "approve-tasks":
    case "approve-qa-plan":
    case "approve-review":
    case "approve-audit":
    case "approve-qa":
      return next.artifact === undefined ? [] : [ask({ _tag: "Approve", artifact: next.artifact, sha256: null })]
    case "fix-review-issues":
    case "fix-audit-issues":
    case "fix-qa-issues":
      return [commit]
    case "wait-for-dependency":
      return [{
        _tag: "Change",
        what: `released: ${next.blocked_by.join(", ")}`,
        change: ({ world }) => ({ ...world, released: new Set([...world.released, ...next.blocked_by]) })
      }]
    case "implement-task":
      return next.task_id === undefined ? [commit] : implement(view, next.task_id, ask)
    case "unblock-task":
      return next.task_id === undefined
        ? []
        : [ask({ _tag: "UnblockTask", task: next.task_id, reason: "it was looked after" })]
    case "run-gates":
      return [
        ...(next.blocked_by.length === 0 ? [] : [commit]),
        ...view.policy.gates.filter(({ name }) => next.gates.includes(name)).map((gate) =>
          record((moment) => gateRun(gate, moment, next.blocked_by.length > 0 || !dice.happens(5)))
        )
      ]
    case "merge":
      return [dice.happens(6) ? record(conflicted) : merging(actor)]
    case "resolve-conflict":
      return [{ _tag: "Change", what: "the conflict is resolved", change: ({ world }) => mainMergedIn(world) }]
    case "deploy":
      return [record(({ world }) => deployed(world.main, !dice.happens(5)))]
    case "unblock":
    case "answer-question":
      return next.blocked_by.slice(0, 1).map((comment) => ask({ _tag: "Resolve", comment, answer: "done" }))
    case "done":
      return []
  }
}

/** What Slipway records itself. */
export type RecordableEvent = (FeatureCommand & { readonly _tag: "Record" })["event"]

/** The actors of the model that an answer allows, as its words tell; somebody new when it allows none of them. */
export const whoCan = ({ actor, reason }: Pick<NextAction, "actor" | "reason">): ReadonlyArray<Actor> => {
  const allowed = modelActors.filter(({ id, kind }) =>
    (actor === "anyone" || actor === kind) && !reason.includes(`${kind}:${id}, who`)
  )
  return allowed.length > 0 || actor === "nobody"
    ? allowed
    : [{ kind: actor === "human" ? "human" : "agent", id: "newcomer" }]
}

const commit: Doing = { _tag: "Change", what: "committed", change: ({ world }) => committed(world) }

/** Writes an artifact, unless what stands there waits to be handed in. */
const written = (artifact: Artifact, dice: Dice): Doing => ({
  _tag: "Change",
  what: `wrote ${artifact}`,
  change: ({ view: { state }, world }) => {
    const before = state.submissions.get(artifact)
    const isNew = (text: ModelText): boolean => text.sha256 !== before?.sha256
    for (let attempt = 0; attempt < 8; attempt++) {
      const text = goodText(artifact, dice, state)
      if (isNew(text)) return withText(world, artifact, text)
    }
    return withText(world, artifact, otherText(artifact, state, isNew))
  }
})

const otherText = (
  artifact: Artifact,
  state: FeatureState,
  isNew: (text: ModelText) => boolean
): ModelText => {
  const version = (number: number): ModelText =>
    goodText(artifact, {
      roll: () => number,
      pick: ([first]) => first,
      pickOr: (_, otherwise) => otherwise,
      happens: () => false
    }, state)
  return isNew(version(0)) ? version(0) : version(1)
}

const implement = (
  { state, world }: FeatureView,
  task: string,
  ask: (command: FeatureCommand) => Doing
): ReadonlyArray<Doing> => {
  const complete = ask({ _tag: "CompleteTask", task, commits: [] })
  switch (state.tasks.get(task)?.status) {
    case "pending":
      return [ask({ _tag: "StartTask", task })]
    case "completed":
      // A branch made anew may hold its commits again.
      return world.head === null ? [commit] : [commit, complete]
    default:
      return [commit, complete]
  }
}

const headIn = (head: string | null, state: FeatureState): string => head ?? state.merge?.head ?? "0".repeat(40)

const output = { path: "gates/output.txt", sha256: "0".repeat(64) }

/** A run of a gate at the head. */
export const gateRun = (gate: Gate, { view: { state }, world }: Moment, passed: boolean): RecordableEvent => ({
  _tag: "GateRan",
  gate: gate.name,
  phase: gate.phase,
  command: gate.command,
  commit: headIn(world.head, state),
  passed,
  exitCode: passed ? 0 : 1,
  ms: 1,
  output
})

/** The feature's branch is merged into the default branch, and that is recorded. */
export const merging = (actor: Actor): Doing => ({
  _tag: "Ask",
  ask: ({ view: { state }, world }) => {
    const head = headIn(world.head, state)
    const after = mergedIntoMain(world, head)
    return {
      actor,
      world: after,
      command: {
        _tag: "Record",
        event: {
          _tag: "BranchMerged",
          branch: "user-auth",
          head,
          into: "main",
          base: world.main,
          commit: after.main,
          how: "merge-commit"
        }
      }
    }
  }
})

const conflicted = ({ view: { state }, world }: Moment): RecordableEvent => ({
  _tag: "MergeConflicted",
  branch: "user-auth",
  head: headIn(world.head, state),
  into: "main",
  base: world.main,
  files: ["Login.ts"]
})

/** A deployment of a commit. */
export const deployed = (
  commitId: string,
  succeeded: boolean
): FeatureEvent & { readonly _tag: "FeatureDeployed" } => ({
  _tag: "FeatureDeployed",
  commit: commitId,
  succeeded,
  exitCode: succeeded ? 0 : 1,
  ms: 1,
  reference: null,
  output: null
})
