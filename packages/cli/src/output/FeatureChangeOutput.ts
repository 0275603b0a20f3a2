import type { CreatePlan, FeatureChange, FeaturePreview } from "@slipway/core"
import { nextData, nextText } from "./FeatureOutput.ts"
import { entryData, eventText } from "./FeatureStoryOutput.ts"
import { hintText, lines } from "./Messages.ts"
import { planLines } from "./Plan.ts"
import type { Style } from "./Style.ts"

/** A change as `--json` shows it. */
export const changeData = ({ entry, feature, isReplay, next }: FeatureChange) => ({
  dryRun: false as const,
  feature,
  revision: entry.seq,
  replayed: isReplay,
  entry: entryData(entry),
  next: nextData(next)
})

/** A change for people. */
export const changeText = ({ entry, feature, isReplay, next }: FeatureChange, style: Style): string =>
  lines(
    `${style.green("✓")} ${style.bold(feature)} ${eventText(entry.event)}${
      isReplay ? style.dim("  (done before, under the same key)") : ""
    }`,
    "",
    nextText(next, style)
  )

/** What a change would be, as `--json` shows it. */
export const previewData = ({ actor, event, feature }: FeaturePreview) => ({
  dryRun: true as const,
  feature,
  actor,
  event
})

/** What a change would be, for people. */
export const previewText = ({ actor, event, feature }: FeaturePreview, style: Style): string =>
  lines(
    `${style.bold(feature)} ${eventText(event)}, by ${actor.kind}:${actor.id}`,
    hintText("nothing was changed", style)
  )

/** What would be created, as `--json` shows it. */
export const createPreviewData = ({ actor, event, feature, steps }: CreatePlan) => ({
  dryRun: true as const,
  feature,
  actor,
  event,
  steps
})

/** What would be created, for people. */
export const createPreviewText = ({ feature, steps }: CreatePlan, style: Style): string =>
  lines(`${style.bold(feature)} would begin; nothing was changed`, planLines(steps, style))

/** What was created, for people. */
export const createText = (change: FeatureChange, style: Style): string => changeText(change, style)
