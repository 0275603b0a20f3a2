import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { withoutColour } from "./output/Style.ts"
import { renderStaticAnswers } from "./RenderStaticAnswers.ts"
import { staticAnswer, staticRequest } from "./StaticAnswers.ts"
import { runCommandLine } from "./testing/RunCommandLine.ts"

/** What is printed without the parser; null when the parser is needed. */
const withoutParser = (args: ReadonlyArray<string>) =>
  Effect.sync(() => {
    const answers = renderStaticAnswers()
    const request = staticRequest(args)
    if (request === null || request._tag === "Version") return null
    const answer = staticAnswer(request, answers)
    return answer === null ? null : withoutColour(answer)
  })

describe("StaticAnswers", () => {
  it.effect("are what the parser answers", () =>
    Effect.gen(function*() {
      const { commands } = renderStaticAnswers()
      const lines = [
        ...commands.flatMap(({ help }) => [[...help.path, "--help"], ["-h", ...help.path], ["help", ...help.path]]),
        [],
        ["sandbox"],
        ["ls", "--help"],
        ["done", "x", "--help"],
        ["impl", "--help", "--json"],
        ["--json"],
        ["completions", "zsh"],
        ["completions", "bash", "--json"],
        ["crd"],
        ["crd", "--json"]
      ]
      for (const args of lines) {
        const answer = yield* withoutParser(args)
        if (args[0] !== "sandbox" || args.length > 1) assert.isNotNull(answer, args.join(" "))
        if (answer !== null) assert.strictEqual((yield* runCommandLine(args)).stdout, answer, args.join(" "))
      }
    }))

  it.effect.each([
    { args: ["wortrees", "--help"] },
    { args: ["sandbox", "strat", "--help"] },
    { args: ["help", "wortrees"] },
    { args: ["completions", "tcsh"] },
    { args: ["completions"] },
    { args: ["crd", "batches"] },
    { args: ["crd", "--jso"] },
    { args: ["impl", "x"] },
    { args: ["-C", "/tmp", "--help"] },
    { args: ["--verbose", "--version"] },
    { args: ["sandbox", "exec", "web", "--", "--help"] }
  ])("leave $args to the parser", ({ args }) =>
    Effect.gen(function*() {
      assert.isNull(yield* withoutParser(args))
    }))

  it("know the version without anything else", () => {
    assert.deepStrictEqual(staticRequest(["--version"]), { _tag: "Version", json: false })
    assert.deepStrictEqual(staticRequest(["--json", "--version"]), { _tag: "Version", json: true })
  })

  it("show an example and a summary for every command", () => {
    const { commands } = renderStaticAnswers()
    assert.isAbove(commands.length, 12)
    for (const { help, text } of commands) {
      const name = ["slipway", ...help.path].join(" ")
      assert.isAbove(help.examples.length, 0, name)
      assert.isAbove(help.summary.length, 10, name)
      assert.isTrue(help.flags.every(({ description }) => description !== ""), name)
      assert.isTrue(help.arguments.every(({ description }) => description !== ""), name)
      assert.isTrue(withoutColour(text).split("\n").every((line) => line.length <= 100), name)
    }
  })
})
