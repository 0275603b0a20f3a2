import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { localProgram } from "./LocalProgram.ts"

const withFolder = (use: (folder: string) => void): void => {
  const folder = fs.mkdtempSync(join(tmpdir(), "slipway-program-"))
  try {
    fs.mkdirSync(join(folder, "bin"))
    fs.writeFileSync(join(folder, "agent.sh"), "#!/bin/sh\n", { mode: 0o755 })
    fs.writeFileSync(join(folder, "bin/agent"), "#!/bin/sh\n", { mode: 0o755 })
    use(folder)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

describe("a program of the command line", () => {
  it("is the file that a path names where the caller stands", () =>
    withFolder((directory) => {
      const found = (command: ReadonlyArray<string>) => localProgram({ directory, command }).command
      assert.deepStrictEqual(found(["./agent.sh", "--fast"]), [`${directory}/agent.sh`, "--fast"])
      assert.deepStrictEqual(found(["bin/agent"]), [`${directory}/bin/agent`])
      assert.deepStrictEqual(found(["bin/../agent.sh", "./agent.sh"]), [`${directory}/agent.sh`, "./agent.sh"])
    }))

  it("stays as it is where it is no path, absolute, no file there, or a container's", () =>
    withFolder((directory) => {
      for (
        const command of [["agent.sh"], ["/bin/sh", "./agent.sh"], ["./absent.sh"], ["./bin"], ["./agent.sh/x"], []]
      ) {
        assert.deepStrictEqual(localProgram({ directory, command }).command, command)
      }
      assert.strictEqual(localProgram({ directory, command: "./agent.sh --fast" }).command, "./agent.sh --fast")
      const contained = { directory, command: ["./agent.sh"], runner: "docker" } as const
      assert.strictEqual(localProgram(contained), contained)
      assert.deepStrictEqual(localProgram({ directory }), { directory })
    }))
})
