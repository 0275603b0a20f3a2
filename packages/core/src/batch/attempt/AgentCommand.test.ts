import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { agentCommand, agentPresets, agentPrompt } from "./AgentCommand.ts"

const task = { files: ["guide.md", "task.md", "conf/a b.json"], repositories: ["service-a", "lib/b"] }

describe("agentCommand", () => {
  it("leaves a list as it is, gives a line to sh, and nothing to the image", () => {
    assert.deepStrictEqual(agentCommand(["claude", "", "a b"], task), ["claude", "", "a b"])
    assert.deepStrictEqual(agentCommand("echo \"$TASK_NAME\" && claude", task), [
      "/bin/sh",
      "-c",
      "echo \"$TASK_NAME\" && claude"
    ])
    assert.isNull(agentCommand(null, task))
    assert.isNull(agentCommand([], task))
  })

  it("runs each preset once, with one argument that is the prompt", () => {
    for (const preset of agentPresets) {
      const command = agentCommand(preset, task) ?? []
      assert.strictEqual(command[0], preset)
      assert.lengthOf(command.filter((argument) => argument === agentPrompt(task)), 1)
    }
  })

  it("tells which file to read, which others there are, and where to work", () => {
    const prompt = agentPrompt(task)
    assert.match(prompt, /^Read "task\.md" in this folder/u)
    assert.include(prompt, "\"guide.md\", \"conf/a b.json\"")
    assert.include(prompt, "\"service-a\", \"lib/b\"")
    assert.include(prompt, "\"result.json\"")
    assert.match(
      agentPrompt({ files: ["a.md", "b.md"], repositories: ["."] }),
      /^Read "a\.md".*This folder is the git repo/u
    )
    assert.match(agentPrompt({ files: [], repositories: [] }), /^Look at what is in this folder/u)
  })

  it.effect.prop(
    "never begins a prompt like an option",
    { files: Arbitrary.schema(Schema.Array(Schema.String)) },
    ({ files }) =>
      Effect.sync(() => {
        assert.match(agentPrompt({ files, repositories: [] }), /^(?:Read|Look) /u)
      })
  )
})
