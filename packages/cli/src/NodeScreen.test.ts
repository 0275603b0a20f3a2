import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { WriteStream } from "node:tty"
import { nodeScreen } from "./NodeScreen.ts"

describe("nodeScreen", () => {
  for (
    const [columns, rows, expected] of [
      [100, 30, { columns: 100, rows: 30 }],
      [0, 0, { columns: 80, rows: 24 }]
    ] as const
  ) {
    it.effect(`takes a terminal of ${columns} columns and ${rows} rows for ${expected.columns} by ${expected.rows}`, () =>
      Effect.gen(function*() {
        const terminal: NodeJS.Process["stderr"] = Object.assign(
          Object.create(WriteStream.prototype),
          { isTTY: true, columns, rows, fd: 2 as const }
        )
        const screen = nodeScreen({ env: {}, stdin: process.stdin, stdout: process.stdout, stderr: terminal })
        assert.deepStrictEqual(yield* screen.size, expected)
        assert.strictEqual(screen.stderr.columns, expected.columns)
      }))
  }
})
