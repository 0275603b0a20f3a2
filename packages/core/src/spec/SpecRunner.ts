import { Context, Effect, Layer } from "effect"
import type { JournalUnavailable } from "../operation/Journal.ts"
import type { Step } from "../operation/Operation.ts"
import type { RunningOperation } from "../operation/Operations.ts"
import { type FileUnavailable, ProjectFiles } from "../project/ProjectFiles.ts"
import { type SpecAction, specStep } from "./SpecAction.ts"
import { SpecFiles } from "./SpecFiles.ts"
import { SpecLinkElsewhere, SpecPathTaken } from "./SpecProblem.ts"

/** Why an action could not be carried out. */
export type SpecActionError = FileUnavailable | SpecLinkElsewhere | SpecPathTaken

/** Carries planned changes out. Each bears to be done again; none overwrites what was not seen when it was planned. */
export class SpecRunner extends Context.Service<SpecRunner, {
  readonly carryOut: (main: string, action: SpecAction) => Effect.Effect<void, SpecActionError>
  /** Carries actions out as steps of an operation; with `undo`, a failure or interruption takes back what was made. */
  readonly steps: (
    operation: RunningOperation,
    main: string,
    actions: ReadonlyArray<SpecAction>,
    options: { readonly undo: boolean; readonly from: number }
  ) => Effect.Effect<void, SpecActionError | JournalUnavailable>
}>()("@slipway/core/spec/SpecRunner") {
  static readonly layer: Layer.Layer<SpecRunner, never, ProjectFiles | SpecFiles> = Layer.effect(
    SpecRunner,
    Effect.gen(function*() {
      const files = yield* ProjectFiles
      const specFiles = yield* SpecFiles

      const write = Effect.fnUntraced(function*(path: string, before: string | null, after: string) {
        const target = yield* specFiles.linkTarget(path)
        if (target !== null) return yield* new SpecLinkElsewhere({ path, target })
        const present = yield* files.read(path)
        if (present === after) return
        if (present !== before) return yield* new SpecPathTaken({ path, reason: "it was changed in the meantime" })
        yield* files.write(path, after)
      })

      const link = Effect.fnUntraced(function*(main: string, action: SpecAction & { readonly _tag: "MakeLink" }) {
        const path = `${main}/${action.path}`
        const present = yield* specFiles.linkTarget(path)
        if (present !== null && present === targetOf(main, action)) return
        if (present !== null && present === action.replaces) yield* specFiles.removeLink(path)
        yield* specFiles.makeLink(path, action.target)
      })

      const move = Effect.fnUntraced(function*(from: string, to: string) {
        if (yield* specFiles.move(from, to)) return
        return yield* new SpecPathTaken({ path: to, reason: "something is there already" })
      })

      const carryOut = Effect.fn("SpecRunner.carryOut")(
        (main: string, action: SpecAction): Effect.Effect<void, SpecActionError> => {
          switch (action._tag) {
            case "MakeFolder":
              return files.makeDirectory(`${main}/${action.path}`)
            case "WriteFile":
              return write(`${main}/${action.path}`, action.before, action.after)
            case "MakeLink":
              return link(main, action)
            case "Move":
              return move(`${main}/${action.from}`, `${main}/${action.to}`)
            case "RemoveEmptyFolder":
              return specFiles.removeEmptyFolder(`${main}/${action.path}`)
          }
        }
      )

      /** Takes back what an action made. A number that was given once is never given again. */
      const undo = Effect.fnUntraced(function*(main: string, action: SpecAction) {
        if (action._tag === "MakeFolder") return yield* specFiles.removeEmptyFolder(`${main}/${action.path}`)
        if (action._tag === "MakeLink") {
          const path = `${main}/${action.path}`
          if (action.replaces === null && (yield* specFiles.linkTarget(path)) === targetOf(main, action)) {
            yield* specFiles.removeLink(path)
          }
        }
        if (action._tag !== "WriteFile" || action.what === "number") return
        const path = `${main}/${action.path}`
        if ((yield* files.read(path)) !== action.after) return
        yield* action.before === null ? files.remove(path) : files.write(path, action.before)
      })

      const steps = Effect.fn("SpecRunner.steps")(function*(
        operation: RunningOperation,
        main: string,
        actions: ReadonlyArray<SpecAction>,
        options: { readonly undo: boolean; readonly from: number }
      ) {
        yield* Effect.forEach(actions, (action, index) => {
          const step: Step<void, SpecActionError, never> = {
            ...specStep(action, options.from + index),
            act: carryOut(main, action),
            ...(options.undo ? { undo: () => undo(main, action) } : {})
          }
          return operation.step(step)
        }, { discard: true })
      })

      return SpecRunner.of({ carryOut, steps })
    })
  )
}

/** Where a link that is to be made leads; absolute. */
const targetOf = (main: string, { path, target }: SpecAction & { readonly _tag: "MakeLink" }): string => {
  const parts = [...main.split("/"), ...path.split("/").slice(0, -1)]
  for (const part of target.split("/")) {
    if (part === "..") parts.pop()
    else parts.push(part)
  }
  return parts.join("/")
}
