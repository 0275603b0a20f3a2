import type { NextAction } from "../feature/Classifier.ts"
import type { FeatureCommand } from "../feature/FeatureCommand.ts"
import type { FeatureEvent } from "../feature/FeatureEvent.ts"
import { commentKinds } from "../feature/Lifecycle.ts"
import { type Artifact, artifacts } from "../project/LifecyclePolicy.ts"
import { deployed, gateRun, merging, type RecordableEvent } from "./FeatureModelCooperation.ts"
import type { Dice } from "./FeatureModelDice.ts"
import type { Doing, Moment } from "./FeatureModelMoment.ts"
import { modelActors } from "./FeatureModelPolicy.ts"
import {
  anyText,
  committed,
  goodText,
  handIn,
  mainMoved,
  mergedIntoMain,
  type ModelWorld,
  rebased,
  withText
} from "./FeatureModelWorld.ts"

/** Anything else than what is asked for: the world changes, or anybody asks for anything. */
export const wander = (moment: Moment, next: NextAction, dice: Dice): ReadonlyArray<Doing> =>
  dice.happens(3) ? [changeOf(moment, next, dice)] : askOf(moment, next, dice)

const changeOf = ({ view: { state } }: Moment, next: NextAction, dice: Dice): Doing => {
  // Half of the time something that matters just now.
  const artifact = dice.happens(2) ? next.artifact ?? dice.pick(artifacts) : dice.pick(artifacts)
  const change = (what: string, to: (world: ModelWorld) => ModelWorld): Doing => ({
    _tag: "Change",
    what,
    change: ({ world }) => to(world)
  })
  return dice.pick([
    change("committed", committed),
    change(`edited ${artifact}`, (world) => withText(world, artifact, goodText(artifact, dice, state))),
    change(`deleted ${artifact}`, (world) => withText(world, artifact, null)),
    change("the default branch moved", mainMoved),
    change("rebased", (world) => world.head === null ? world : rebased(world)),
    change("the branch was deleted", (world) => ({ ...world, head: null })),
    change("merged by hand", (world) => world.head === null ? world : mergedIntoMain(world, world.head)),
    change("a dependency was released", (world) => ({ ...world, released: new Set([...world.released, "billing"]) })),
    change("a release was taken back", (world) => ({ ...world, released: new Set() })),
    change("the worktree's folder vanished", (world) => ({ ...world, standing: new Set() }))
  ])
}

const askOf = (moment: Moment, next: NextAction, dice: Dice): ReadonlyArray<Doing> => {
  const { state } = moment.view
  const actor = dice.pick(modelActors)
  const isNear = dice.happens(2)
  const artifact = isNear ? next.artifact ?? dice.pick(artifacts) : dice.pick(artifacts)
  const asks = (command: (moment: Moment) => FeatureCommand): ReadonlyArray<Doing> => [
    { _tag: "Ask", ask: (now) => ({ actor, command: command(now) }) }
  ]
  const reason = dice.pick(["so it is", "so it is", " "])
  switch (dice.roll(10)) {
    case 0:
      return submission(artifact, dice, asks)
    case 1:
      return asks(({ world }) => ({ _tag: "Submit", artifact, text: handIn(world, artifact) }))
    case 2:
      return asks(() => ({ _tag: "Approve", artifact, sha256: dice.happens(4) ? "1".repeat(64) : null }))
    case 3:
      return asks(() => ({ _tag: "Reject", artifact, reason }))
    case 4:
      return asks(() =>
        dice.happens(3) ? { _tag: "RevokeWaiver", artifact, reason } : { _tag: "Waive", artifact, reason }
      )
    case 5:
    case 6:
      return asks(() => taskCommand(dice, [...state.tasks.keys()], reason))
    case 7:
      return asks(() =>
        dice.happens(2)
          ? { _tag: "Comment", kind: dice.pick(commentKinds), text: reason }
          : { _tag: "Resolve", comment: dice.pickOr([...state.comments.keys()], "comment-009"), answer: reason }
      )
    case 8:
      return dice.happens(6) ? [merging(actor)] : asks((now) => ({ _tag: "Record", event: anyRecord(now, dice) }))
    default:
      return asks(() => rareCommand(dice, state.archived !== null, reason))
  }
}

const submission = (
  artifact: Artifact,
  dice: Dice,
  asks: (command: (moment: Moment) => FeatureCommand) => ReadonlyArray<Doing>
): ReadonlyArray<Doing> => [
  {
    _tag: "Change",
    what: `wrote ${artifact}`,
    change: ({ view, world }) => withText(world, artifact, anyText(artifact, dice, view.state))
  },
  ...asks(({ world }) => ({ _tag: "Submit", artifact, text: handIn(world, artifact) }))
]

const taskCommand = (dice: Dice, tasks: ReadonlyArray<string>, reason: string): FeatureCommand => {
  const task = dice.pickOr(tasks, "task-009")
  const other = dice.pickOr(tasks, "task-009")
  return dice.pick<FeatureCommand>([
    { _tag: "DependTask", task, dependsOn: other, remove: dice.happens(3) },
    { _tag: "AddTask", title: dice.pick(["Parse", "Render", " "]), dependsOn: dice.happens(2) ? [other] : [] },
    { _tag: "StartTask", task },
    { _tag: "CompleteTask", task, commits: dice.pick([[], ["c1".padStart(40, "0")], ["f".repeat(40)]]) },
    { _tag: "BlockTask", task, reason },
    { _tag: "UnblockTask", task, reason },
    { _tag: "CancelTask", task, reason }
  ])
}

const anyRecord = (moment: Moment, dice: Dice): RecordableEvent => {
  const { policy } = moment.view
  const worktree: FeatureEvent & { readonly _tag: "WorktreeRecorded" } = {
    _tag: "WorktreeRecorded",
    branch: dice.pick(["user-auth", "user-auth-2"]),
    worktree: "/code/shop-wt-user-auth",
    milestone: null,
    slot: null
  }
  const [gate] = policy.gates
  return dice.pick<RecordableEvent>([
    worktree,
    gate === undefined ? worktree : gateRun(gate, moment, dice.happens(2)),
    gate === undefined ? worktree : gateRun({ ...gate, command: ["true"] }, moment, true),
    deployed(moment.world.main, dice.happens(2)),
    deployed("c".padStart(40, "0"), true)
  ])
}

const features = new Map<string, ReadonlySet<string>>([
  ["billing", new Set(["accounts"])],
  ["accounts", new Set()],
  ["invoices", new Set(["user-auth"])]
])

const rareCommand = (dice: Dice, isArchived: boolean, reason: string): FeatureCommand => {
  if (isArchived && dice.happens(2)) return { _tag: "Restore", reason }
  return dice.pick<FeatureCommand>([
    {
      _tag: "Depend",
      dependsOn: dice.pick(["billing", "accounts", "invoices", "user-auth"]),
      remove: dice.happens(3),
      graph: features
    },
    dice.happens(3) ? { _tag: "Archive", reason } : { _tag: "Comment", kind: "note", text: reason },
    { _tag: "Restore", reason }
  ])
}
