import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { makeFolders } from "./MakeFolders.ts"
import { systemWords } from "./SystemWords.ts"

const failed = (code: string, words: string) => Object.assign(new Error(`${code}: ${words}, mkdir '/code/x'`), { code })
const absent = () => failed("ENOENT", "no such file or directory")

describe("making folders", () => {
  it("makes those on the way, for their owner alone", async () => {
    const root = fs.mkdtempSync(join(tmpdir(), "slipway-folders-"))
    try {
      await makeFolders(join(root, "a/b"))
      await makeFolders(join(root, "a/b"))
      assert.strictEqual(fs.statSync(join(root, "a/b")).mode & 0o777, 0o700)
      fs.writeFileSync(join(root, "file"), "")
      const fault = await makeFolders(join(root, "file/a")).then(() => "", systemWords)
      assert.strictEqual(fault, "not a directory (ENOTDIR)")
    } finally {
      fs.rmSync(root, { recursive: true })
    }
  })

  it("tells why nothing can be written, which a recursive call does not", async () => {
    const made: Array<string> = []
    const readOnly = async (path: string, { recursive }: { readonly recursive: boolean }) => {
      made.push(path)
      if (recursive || path !== "/home/ada") throw absent()
      throw failed("EROFS", "read-only file system")
    }
    const fault = await makeFolders("/home/ada/batch/runs", readOnly).then(() => "", systemWords)
    assert.strictEqual(fault, "read-only file system (EROFS)")
    assert.deepStrictEqual(made, ["/home/ada/batch/runs", "/home/ada/batch/runs", "/home/ada/batch", "/home/ada"])
  })

  it("fails as the system does when not even the root is there", async () => {
    const fault = await makeFolders("/a", () => Promise.reject(absent())).then(() => "", systemWords)
    assert.strictEqual(fault, "no such file or directory (ENOENT)")
  })
})
