import type { BatchRunReport, BatchTaskReport } from "@slipway/core"
import { counted } from "./Messages.ts"

/** The one next step of a run, for people; null when there is none. */
export const nextOfRun = ({ snapshot: { name }, standing, state, tasks }: BatchRunReport): string | null => {
  switch (state) {
    case "running":
      return `\`slipway batch logs ${name} -f\` shows what its agents print`
    case "interrupted":
    case "suspended":
      return `\`slipway batch resume ${name}\` goes on with it`
    case "finished": {
      const again = tasks.filter((task) => isToRunAgain(task.standing)).length
      if (standing.phase === "Failed" && again > 0) {
        return `\`slipway batch retry ${name}\` runs ${counted(again, "task")} again`
      }
      const kept = tasks.find(hasUnpublishedChanges)
      return kept?.folder == null
        ? null
        : `nothing was pushed: changes are kept as in ${kept.folder}/changes.patch; --publish branch pushes them`
    }
  }
}

/** Whether a task is one of those that `retry` runs again when none is named. */
export const isToRunAgain = ({ outcome }: BatchTaskReport["standing"]): boolean =>
  outcome !== null && outcome !== "Succeeded" && outcome !== "NoChanges"

const hasUnpublishedChanges = ({ result, standing }: BatchTaskReport): boolean =>
  standing.outcome === "Succeeded" && result !== null && result.repositories.length > 0 &&
  result.repositories.every(({ published }) => published === null)
