import type { PlannedStep } from "../operation/Journal.ts"

/** One change to the files of projects. Paths are from the main checkout. */
export type SpecAction =
  | { readonly _tag: "MakeFolder"; readonly path: string; readonly reason?: string }
  | {
    readonly _tag: "WriteFile"
    readonly what: "metadata" | "pointer" | "number" | "ignore"
    readonly path: string
    /** The text that was seen; null when there was no file. */
    readonly before: string | null
    readonly after: string
    readonly reason?: string
  }
  | {
    readonly _tag: "MakeLink"
    readonly path: string
    readonly target: string
    /** Where the link leads that is there now; absolute. */
    readonly replaces: string | null
    readonly reason?: string
  }
  | { readonly _tag: "Move"; readonly from: string; readonly to: string; readonly reason?: string }
  | { readonly _tag: "RemoveEmptyFolder"; readonly path: string; readonly reason?: string }

const stepNames = {
  metadata: "write-metadata",
  pointer: "write-pointer",
  number: "record-number",
  ignore: "ignore-projects"
} as const

const stepName = (action: SpecAction): string => {
  switch (action._tag) {
    case "MakeFolder":
      return "make-folder"
    case "WriteFile":
      return stepNames[action.what]
    case "MakeLink":
      return "make-link"
    case "Move":
      return "move"
    case "RemoveEmptyFolder":
      return "remove-folder"
  }
}

/** What an action does, for people. */
export const describeSpecAction = (action: SpecAction): string => {
  switch (action._tag) {
    case "MakeFolder":
      return `make ${action.path}/`
    case "WriteFile":
      return action.what === "number"
        ? `record number ${action.after.trim()} as used in ${action.path}`
        : action.what === "ignore"
        ? `add .ai/projects/ to ${action.path}`
        : `${action.before === null ? "write" : "bring up to date"} ${action.path}`
    case "MakeLink":
      return `link ${action.path} to ${action.target}`
    case "Move":
      return `move ${action.from} to ${action.to}`
    case "RemoveEmptyFolder":
      return `remove the empty ${action.path}/`
  }
}

/** An action as a step of an operation, by its number from 1. */
export const specStep = (action: SpecAction, number: number): PlannedStep => ({
  step: `${number}-${stepName(action)}`,
  title: describeSpecAction(action),
  ...(action.reason === undefined ? {} : { reason: action.reason })
})
