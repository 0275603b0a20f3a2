import { Result } from "effect"
import type { ChecklistEntry, SubmittedText } from "./FeatureCommand.ts"
import type { QaResult } from "./FeatureEvent.ts"
import { toBeDone } from "./SubmittedText.ts"

/** Between the words of groups and those of the box that they gather. */
const below = " › "

/** A box with the words of the groups that it is in. */
interface GroupedBox {
  readonly entry: ChecklistEntry
  readonly groups: ReadonlyArray<string>
}

const boxesOf = (text: SubmittedText): ReadonlyArray<GroupedBox> => {
  const wanted = new Set(toBeDone(text))
  const open: Array<ChecklistEntry> = []
  return text.checklist.flatMap((entry) => {
    while (open.length > 0 && (open.at(-1)?.depth ?? 0) >= (entry.depth ?? 0)) open.pop()
    const box = { entry, groups: open.map(({ title }) => title) }
    if (entry.isGroup) open.push(entry)
    return wanted.has(entry) ? [box] : []
  })
}

const itemOf = ({ label, title }: ChecklistEntry): string => label === null ? title : `${label} ${title}`

/**
 * What a QA plan wants to be tested, each once: its number and words, after those of its groups where others have the
 * same.
 */
export const planItems = (text: SubmittedText): ReadonlyArray<string> => {
  const boxes = boxesOf(text)
  const named = Map.groupBy(boxes, ({ entry }) => itemOf(entry))
  return [
    ...new Set(boxes.map(({ entry, groups }) => {
      const item = itemOf(entry)
      const namesakes = named.get(item) ?? []
      return namesakes.length > 1 ? [...groups, item].join(below) : item
    }))
  ]
}

/** An item of a plan, taken apart again. */
interface PlanItem {
  readonly item: string
  readonly groups: string
  readonly label: string | null
  readonly title: string
}

const planItem = (item: string): PlanItem => {
  const parts = item.split(below)
  const last = parts.pop() ?? ""
  const [, label, title] = /^(\d+(?:\.\d+)*) (.+)$/su.exec(last) ?? []
  return { item, groups: parts.join(below), label: label ?? null, title: title ?? last }
}

/** Words that a box can begin with: all of them, or those before what looks like the beginning of evidence. */
const headsOf = ({ title }: ChecklistEntry): ReadonlyArray<string> => [
  title,
  ...[...title.matchAll(/\s*[:–—]|\s+-\s/gu)].map(({ index }) => title.slice(0, index))
]

const wordsAndNumber = ({ groups, label, title }: PlanItem): string => JSON.stringify([groups, label, title])

/** What an item can be looked up by that a box is about, with its groups or without. */
const keysOf = ({ entry, groups }: GroupedBox, labels: ReadonlyArray<string | null>): ReadonlyArray<string> =>
  headsOf(entry).flatMap((head) =>
    ["", groups.join(below)].flatMap((path) => labels.map((label) => JSON.stringify([path, label, head])))
  )

/**
 * Reads QA results: for each item of the plan one box, ticked when it passed, found by its words or else by its number,
 * with evidence after the words or on the lines below. Two boxes for one item are refused, and so is one that failed and
 * is not in the plan. Without a plan, each box is an item of its own.
 */
export const qaResults = (
  text: SubmittedText,
  plan: ReadonlyArray<string>
): Result.Result<ReadonlyArray<QaResult>, string> => {
  const boxes = boxesOf(text)
  if (plan.length === 0) {
    return boxes.length === 0 ? Result.fail("it has no result") : Result.all(boxes.map(({ entry }) => {
      const words = entry.title.split(": ", 1)[0] ?? ""
      return resultOf(entry, itemOf({ ...entry, title: words }), words)
    }))
  }
  const left = new Set(boxes)
  const found = new Map<string, GroupedBox>()
  const items = plan.map(planItem)
  /** Gives each item that has none yet the one box that is left for a key. */
  const match = (
    itemKey: (item: PlanItem) => string | null,
    boxKeys: (box: GroupedBox) => ReadonlyArray<string>
  ): string | null => {
    const byKey = new Map<string, Array<GroupedBox>>()
    for (const box of left) {
      for (const key of new Set(boxKeys(box))) byKey.set(key, [...byKey.get(key) ?? [], box])
    }
    for (const item of items) {
      const key = found.has(item.item) ? null : itemKey(item)
      const candidates = key === null ? [] : byKey.get(key) ?? []
      const [box] = candidates
      if (candidates.length > 1) return `it has more than one result for: ${item.item}`
      if (box === undefined) continue
      found.set(item.item, box)
      left.delete(box)
    }
    return null
  }
  const fault = match(wordsAndNumber, (box) => keysOf(box, [box.entry.label])) ??
    match(
      // Where one of the two has no number, the words tell; two numbers that differ are two things.
      ({ groups, label, title }) => JSON.stringify([groups, label === null ? "any" : "unnumbered", title]),
      (box) => keysOf(box, box.entry.label === null ? ["any", "unnumbered"] : ["any"])
    ) ??
    match(({ groups, label }) => groups === "" ? label : null, ({ entry }) => entry.label === null ? [] : [entry.label])
  if (fault !== null) return Result.fail(fault)
  const failed = [...left].find(({ entry }) => !entry.isChecked)
  return Result.flatMap(
    Result.all(items.map(({ item, title }) => {
      const box = found.get(item)
      return box === undefined ? Result.fail(`it has no result for: ${item}`) : resultOf(box.entry, item, title)
    })),
    (results) =>
      failed === undefined
        ? Result.succeed(results)
        : Result.fail(`what failed is not in the QA plan, or has its result elsewhere: ${itemOf(failed.entry)}`)
  )
}

const resultOf = (entry: ChecklistEntry, item: string, words: string): Result.Result<QaResult, string> => {
  const evidence = evidenceOf(entry, words)
  return evidence === ""
    ? Result.fail(`it has no evidence for: ${item}`)
    : Result.succeed({ item, passed: entry.isChecked, evidence })
}

/** What stands after the item's words, or below them. */
const evidenceOf = (entry: ChecklistEntry, words: string): string => {
  const colon = entry.title.indexOf(": ")
  const rest = headsOf(entry).includes(words)
    ? entry.title.slice(words.length)
    : colon === -1
    ? ""
    : entry.title.slice(colon)
  return [rest.replace(/^[\s:–—-]+/u, ""), ...entry.details].map((line) => line.trim()).filter((line) => line !== "")
    .join("\n")
}
