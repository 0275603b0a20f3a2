import type { ChecklistEntry, SubmittedText } from "../feature/FeatureCommand.ts"
import type { FeatureState } from "../feature/FeatureState.ts"
import type { FeatureWorld, PresentText } from "../feature/FeatureView.ts"
import { sha256 } from "../operation/Sha256.ts"
import type { Artifact } from "../project/LifecyclePolicy.ts"
import type { Dice } from "./FeatureModelDice.ts"

/** A text in the model's world. */
export interface ModelText {
  readonly sha256: string
  readonly isBlank: boolean
  readonly checklist: ReadonlyArray<ChecklistEntry>
}

/** A small world beside the log: texts, commits, two branches, features, folders. Never changed, only replaced. */
export interface ModelWorld {
  readonly texts: ReadonlyMap<Artifact, ModelText>
  /** Head of the feature's branch; null without a branch. */
  readonly head: string | null
  /** Head of the default branch. */
  readonly main: string
  /** Of each commit, what it contains, itself too. */
  readonly history: ReadonlyMap<string, ReadonlySet<string>>
  readonly released: ReadonlySet<string>
  /** Folders that are there. */
  readonly standing: ReadonlySet<string>
}

const root = "c".padStart(40, "0")

/** A project in which nothing was written yet. */
export const newWorld: ModelWorld = {
  texts: new Map(),
  head: null,
  main: root,
  history: new Map([[root, new Set([root])]]),
  released: new Set(),
  standing: new Set(["/code/shop-wt-user-auth"])
}

/** Where an artifact belongs in the model. */
const pathOfArtifact = (artifact: Artifact): string => `.ai/projects/user-auth/${artifact}.md`

/** What the model's world shows of a feature. */
export const observe = (world: ModelWorld, state: FeatureState): FeatureWorld => {
  const { conflict, deployment, merge } = state
  const head = world.head ?? merge?.head ?? null
  const inBranch = containedIn(world, world.head ?? merge?.commit ?? null)
  return {
    texts: presentTexts(world),
    head: world.head,
    hasOwnCommits: head !== null && !containedIn(world, world.main).has(head),
    contained: inBranch,
    mergeContainsHead: head !== null && containedIn(world, merge?.commit ?? null).has(head),
    base: conflict === null ? null : world.main,
    deploymentContainsMerge: merge !== null && containedIn(world, deployment?.commit ?? null).has(merge.commit),
    released: new Set([...state.dependsOn].filter((name) => world.released.has(name))),
    standing: new Set([...state.worktrees.keys()].filter((path) => world.standing.has(path)))
  }
}

const containedIn = ({ history }: ModelWorld, commit: string | null): ReadonlySet<string> =>
  (commit === null ? undefined : history.get(commit)) ?? new Set()

const presentTexts = ({ texts }: ModelWorld): FeatureWorld["texts"] => {
  const text = (artifact: Artifact): PresentText => ({
    path: pathOfArtifact(artifact),
    sha256: texts.get(artifact)?.sha256 ?? null
  })
  return {
    spec: text("spec"),
    design: text("design"),
    tasks: text("tasks"),
    "qa-plan": text("qa-plan"),
    review: text("review"),
    audit: text("audit"),
    "qa-results": text("qa-results")
  }
}

/** The text that stands there, as it is handed in; null without one. */
export const handIn = ({ texts }: ModelWorld, artifact: Artifact): SubmittedText | null => {
  const text = texts.get(artifact)
  return text === undefined ? null : {
    path: pathOfArtifact(artifact),
    sha256: text.sha256,
    length: 100,
    isBlank: text.isBlank,
    checklist: text.checklist
  }
}

/** The world with a text written, or with the file gone. */
export const withText = (world: ModelWorld, artifact: Artifact, text: ModelText | null): ModelWorld => {
  const texts = new Map(world.texts)
  if (text === null) texts.delete(artifact)
  else texts.set(artifact, text)
  return { ...world, texts }
}

/** The world after a commit with some parents, and its id. */
const withCommit = (
  world: ModelWorld,
  parents: ReadonlyArray<string>
): { readonly world: ModelWorld; readonly commit: string } => {
  const commit = `c${world.history.size}`.padStart(40, "0")
  const contained = new Set([commit])
  for (const parent of parents) for (const one of containedIn(world, parent)) contained.add(one)
  return { commit, world: { ...world, history: new Map([...world.history, [commit, contained]]) } }
}

/** Work is committed on the feature's branch, which begins with the first commit. */
export const committed = (before: ModelWorld): ModelWorld => {
  const { commit, world } = withCommit(before, [before.head ?? before.main])
  return { ...world, head: commit }
}

/** The feature's branch is made anew on the default branch: what it held is lost. */
export const rebased = (before: ModelWorld): ModelWorld => {
  const { commit, world } = withCommit(before, [before.main])
  return { ...world, head: commit }
}

/** Somebody else's work gets into the default branch. */
export const mainMoved = (before: ModelWorld): ModelWorld => {
  const { commit, world } = withCommit(before, [before.main])
  return { ...world, main: commit }
}

/** The default branch is merged into the feature's, as one does to resolve a conflict. */
export const mainMergedIn = (before: ModelWorld): ModelWorld => {
  const { commit, world } = withCommit(before, [before.head ?? before.main, before.main])
  return { ...world, head: commit }
}

/** A head is merged into the default branch. */
export const mergedIntoMain = (before: ModelWorld, head: string): ModelWorld => {
  const { commit, world } = withCommit(before, [before.main, head])
  return { ...world, main: commit }
}

/** A text with some lines; the digest tells the words and not the ticks of tasks, as the real one. */
const textOf = (
  artifact: Artifact,
  words: string,
  lines: ReadonlyArray<{ readonly title: string; readonly isChecked: boolean }>
): ModelText => {
  const checklist = lines.map(({ isChecked, title }, index): ChecklistEntry => ({
    label: String(index + 1),
    title,
    isChecked,
    isOptional: false,
    isGroup: false,
    details: []
  }))
  return { sha256: digestOf(JSON.stringify([artifact, words, lines])), isBlank: words === "", checklist }
}

const digests = new Map<string, string>()

/** SHA-256, each text once: the model writes the same few texts again and again. */
const digestOf = (text: string): string => {
  const known = digests.get(text) ?? sha256(text)
  digests.set(text, known)
  return known
}

const taskLists: readonly [ReadonlyArray<string>, ...ReadonlyArray<ReadonlyArray<string>>] = [
  ["Parse", "Check"],
  ["Parse", "Check", "Render"],
  ["Read", "Parse", "Check"],
  ["Check", "Parse"],
  ["Parse the text", "Check"],
  ["Parse"],
  ["Parse", "Parse"]
]

const plans: readonly [ReadonlyArray<string>, ...ReadonlyArray<ReadonlyArray<string>>] = [
  ["A user logs in"],
  ["A user logs in", "A wrong password is refused"],
  ["A wrong password is refused", "A user logs in", "A user logs out"]
]

/** A text as somebody might write it, good enough to be handed in; what QA saw is that all went well. */
export const goodText = (artifact: Artifact, dice: Dice, state: FeatureState): ModelText => {
  const words = `version ${dice.roll(4)}`
  switch (artifact) {
    case "tasks":
      return textOf(artifact, words, dice.pick(taskLists).map((title) => ({ title, isChecked: false })))
    case "qa-plan":
      return textOf(artifact, words, dice.pick(plans).map((title) => ({ title, isChecked: false })))
    case "qa-results":
      return resultsText(words, state, () => true)
    default:
      return textOf(artifact, words, [])
  }
}

/** What QA saw, with one line for each item of the plan that was submitted last. */
const resultsText = (words: string, state: FeatureState, passed: (item: number) => boolean): ModelText => {
  const planned = state.submissions.get("qa-plan")?.items ?? []
  const items = planned.length === 0 ? ["1 It works"] : planned
  return textOf(
    "qa-results",
    words,
    items.map((item, index) => ({ title: `${item.replace(/^\d+ /u, "")}: seen ${words}`, isChecked: passed(index) }))
  )
}

/** A text that is as likely to be no good: empty, without lines, results that failed or that say too little. */
export const anyText = (artifact: Artifact, dice: Dice, state: FeatureState): ModelText => {
  if (dice.happens(6)) return textOf(artifact, "", [])
  if (dice.happens(6)) return textOf(artifact, "no lines", [])
  if (artifact === "qa-results" && dice.happens(2)) return resultsText("in part", state, (item) => item > 0)
  return goodText(artifact, dice, state)
}
