import { crdDocuments, crdYaml } from "@slipway/core"
import { Effect } from "effect"
import { Invocation, Settings } from "../Invocation.ts"
import { successEnvelope } from "../output/Envelope.ts"
import { Screen } from "../output/Screen.ts"

/** Prints the CustomResourceDefinitions. Asks no service, so that none is loaded. */
export const performCrd = Effect.fn("Cli.crd")(function*() {
  const { json } = yield* Settings
  const invocation = yield* Invocation
  const screen = yield* Screen
  yield* invocation.begin("crd")
  yield* screen.answer(json ? successEnvelope("crd", { documents: crdDocuments() }) : crdYaml().trimEnd())
})
