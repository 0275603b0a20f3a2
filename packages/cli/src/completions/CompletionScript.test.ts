import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { renderStaticAnswers } from "../RenderStaticAnswers.ts"

/** Words that bash offers for the last of these words, with names given by a stand-in for slipway. */
const offered = (script: string, words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-completion-"))
  try {
    writeFileSync(join(folder, "completion.bash"), script)
    writeFileSync(
      join(folder, "slipway"),
      "#!/bin/sh\n[ \"$1\" = __names ] || exit 1\ncase $2 in worktrees) echo auth-M1; echo pay-M2;; services) echo api;; projects | features) echo user-auth;; runs) echo update-x7k2p;; esac\n",
      { mode: 0o755 }
    )
    const program =
      "source \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _slipway; printf '%s\\n' \"${COMPREPLY[@]}\""
    const output = execFileSync("bash", ["-c", program, "bash", join(folder, "completion.bash"), "slipway", ...words], {
      env: { ...process.env, PATH: `${folder}:${process.env["PATH"]}` },
      encoding: "utf8"
    })
    return output.split("\n").filter((word) => word !== "")
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe("completion", () => {
  it.effect.each([
    { words: ["wo"], offers: ["worktrees"] },
    { words: ["sandbox", "st"], offers: ["start", "stop"] },
    { words: ["done", ""], offers: ["auth-M1", "pay-M2"] },
    { words: ["done", "--force", "p"], offers: ["pay-M2"] },
    { words: ["-C", "/tmp", "status", "a"], offers: ["auth-M1"] },
    { words: ["sandbox", "restart", ""], offers: ["api"] },
    { words: ["sandbox", "logs", "--name", "p"], offers: ["pay-M2"] },
    { words: ["impl", "x", "--re"], offers: ["--reuse", "--require-healthy"] },
    { words: ["ls", "--js"], offers: ["--json"] },
    { words: ["completions", ""], offers: ["bash", "zsh", "fish"] },
    { words: ["help", "do"], offers: ["done", "doctor"] },
    { words: ["impl", ""], offers: [] },
    { words: ["project", "show", "u"], offers: ["user-auth"] },
    { words: ["project", "create", ""], offers: [] },
    { words: ["feature", "next", "u"], offers: ["user-auth"] },
    { words: ["feature", "create", ""], offers: [] },
    { words: ["batch", "status", ""], offers: ["update-x7k2p"] },
    { words: ["batch", "logs", "up"], offers: ["update-x7k2p"] },
    { words: ["batch", "run", ""], offers: [] },
    { words: ["batch", "run", "--publish", "b"], offers: ["branch"] },
    { words: ["sandbox", "exec", "api", "--", "l"], offers: [] }
  ])("of bash offers $offers for $words", ({ offers, words }) =>
    Effect.sync(() => {
      const { completions } = renderStaticAnswers()
      assert.sameMembers([...offered(completions.bash, words)], offers)
    }))

  it.effect("of zsh and fish knows every command and flag", () =>
    Effect.sync(() => {
      const { commands, completions } = renderStaticAnswers()
      for (const { help } of commands) {
        const word = help.path.at(-1) ?? "slipway"
        assert.include(completions.zsh, word)
        assert.include(completions.fish, word)
        for (const { name } of help.flags) {
          assert.include(completions.zsh, `'${name}:`)
          assert.include(completions.fish, name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)
        }
      }
      assert.notInclude(completions.fish, "-a __names")
      assert.include(completions.zsh, "__names worktrees")
    }))
})
