import { folderBelowCheckout } from "../project/CheckoutPath.ts"
import { inspectCompose } from "./ComposeInspection.ts"
import { readComposeText } from "./ComposeText.ts"
import type { InitObservation } from "./InitAnswers.ts"

/** The folders and files of the checkout that the compose files mount, each once. */
export const mountSources = (observation: InitObservation): ReadonlyArray<string> => [
  ...new Set(
    Object.entries(observation.composeTexts).flatMap(([path, text]) => {
      const compose = readComposeText(text)
      return compose._tag === "Failure"
        ? []
        : inspectCompose(compose.success, folderBelowCheckout(path), {}).mounts.map(({ source }) => source)
    })
  )
]
