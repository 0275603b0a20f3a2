#!/usr/bin/env node
import { readFileSync } from "node:fs"
import { successEnvelope } from "./output/Envelope.ts"
import { wantsColour, withoutColour } from "./output/Style.ts"
import { staticAnswer, type StaticAnswers, staticRequest } from "./StaticAnswers.ts"
import { version } from "./Version.ts"

/** Rendered beside the bundle; there is none when the sources run as they are. */
const readAnswers = (): StaticAnswers | null => {
  try {
    return JSON.parse(readFileSync(new URL("static-answers.json", import.meta.url), "utf8"))
  } catch {
    return null
  }
}

const answerOf = (args: ReadonlyArray<string>): string | null => {
  const request = staticRequest(args)
  if (request === null) return null
  if (request._tag === "Version") return request.json ? successEnvelope("version", { version }) : version
  const answers = readAnswers()
  return answers === null ? null : staticAnswer(request, answers)
}

/** Undefined in a Node that is too old. Not imported: that would load more of Node than this one function. */
const enableCompileCache = process.getBuiltinModule?.("node:module").enableCompileCache

const args = process.argv.slice(2)
const answer = answerOf(args)
if (answer === null && enableCompileCache === undefined) {
  process.stderr.write(
    `✗ slipway needs Node 22.19 or newer, and this is ${process.versions.node}\n↳ install a newer one, from nodejs.org\n`
  )
  process.exitCode = 1
} else if (answer === null) {
  enableCompileCache()
  // The rest of the program is loaded only here: what needs no parser is answered without it.
  void import("./Main.ts").then(({ main }) => main(args))
} else {
  // A reader that goes away early is no error.
  process.stdout.on("error", () => {})
  const isColoured = wantsColour(process.env, process.stdout.isTTY === true)
  process.stdout.write(`${isColoured ? answer : withoutColour(answer)}\n`)
}
