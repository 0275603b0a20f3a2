import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { afterAll, afterEach, assert, beforeAll, describe, it } from "vitest"
import { type FeatureRuns, featuresOf, makeLifecycleProject, rewritten, tracesOf } from "./fixtures/FeatureRuns.ts"
import { assertRefusal, type Refusal } from "./fixtures/Refusals.ts"
import type { SampleProject } from "./fixtures/SampleProject.ts"

const changedWords = "it is not what was written: its checksum does not match"
const gapWords = "so a line is missing or out of its place"
const noJson = "it is no JSON"

describe("a feature's log that is not what was written", () => {
  let project: SampleProject
  let features: FeatureRuns
  /** The log of `auth`: five lines with their ends, and the file that they make. */
  let lines: ReadonlyArray<string>
  let text: string
  let path: string
  let billing: string

  beforeAll(async () => {
    project = await makeLifecycleProject()
    features = featuresOf(project)
    await features.ok(["create", "billing", "--title", "Billing"])
    await features.ok(["create", "auth", "--title", "Users can log in"])
    for (const note of ["first", "second: größer 🚀", "third", "fourth"]) await features.ok(["comment", "auth", note])
    path = features.logPath("auth")
    billing = features.logText("billing")
    text = readFileSync(path, "utf8")
    lines = text.split("\n").slice(0, -1).map((line) => `${line}\n`)
  })
  afterEach(() => {
    rmSync(path, { recursive: true, force: true })
    writeFileSync(path, text)
  })
  afterAll(() => project.remove())

  const corrupt = (line: number, reason: string): Refusal => ({
    exit: 7,
    code: "log-corrupt",
    says: [`${path}:${line}: `, reason],
    hint: "put the file back from a backup"
  })

  /** Every command that reads or changes the feature is refused in the same words, and leaves the log alone. */
  const refusedByAll = async (content: string | Uint8Array, expected: Refusal, commands = everyKind): Promise<void> => {
    writeFileSync(path, content)
    const before = tracesOf(project)
    const runs = await Promise.all(commands.map((args) => features.feature(args)))
    const messages = runs.map((run, index) => assertRefusal(run, expected, JSON.stringify(commands[index])).message)
    assert.deepStrictEqual([...new Set(messages)], messages.slice(0, 1))
    assert.deepStrictEqual(tracesOf(project), before)
  }
  const everyKind: ReadonlyArray<ReadonlyArray<string>> = [["verify", "auth"], ["comment", "auth", "more"]]

  const line = (number: number): string => lines[number - 1] ?? assert.fail(`there is no line ${number}`)

  it("names the line in which one byte was changed, whichever it is", async () => {
    for (const number of [1, 2, 3, 4, 5]) {
      const changed = lines.with(number - 1, line(number).replace("sample@example.org", "simple@example.org"))
      await refusedByAll(changed.join(""), corrupt(number, changedWords))
    }
    const flipped = (needle: string, to: string) => text.replace(needle, () => to)
    const cases: ReadonlyArray<readonly [content: string | Uint8Array, line: number, reason: string]> = [
      [flipped(`"seq":3`, `"seq":4`), 3, changedWords],
      [flipped(`"seq":5`, `"seq":6`), 5, changedWords],
      [flipped(`"text":"first"`, `"text":"First"`), 2, changedWords],
      [flipped(`"text":"first"`, `"text" :"first"`), 2, changedWords],
      [flipped(`"sum":"`, `"sun":"`), 1, changedWords],
      [flipped(`{"actor"`, `["actor"`), 1, noJson],
      [Buffer.from(text.replace("größer", "gr\u00F6\u00DFer"), "latin1"), 3, "it is no UTF-8"],
      [text.slice(0, -1) + " ", 5, "its line end was changed"],
      [text.replace("}\n{", "} {"), 1, noJson]
    ]
    for (const [content, number, reason] of cases) await refusedByAll(content, corrupt(number, reason))
    assert.strictEqual(features.logText("billing"), billing)
  })

  it("names the line where one is missing, added, doubled or out of its place", async () => {
    const cases: ReadonlyArray<readonly [content: string, line: number, reason: string]> = [
      [lines.toSpliced(0, 1).join(""), 1, `it has the number 2, ${gapWords}`],
      [lines.toSpliced(2, 1).join(""), 3, `it has the number 4, ${gapWords}`],
      [lines.with(1, line(3)).with(2, line(2)).join(""), 2, `it has the number 3, ${gapWords}`],
      [lines.toSpliced(2, 0, line(2)).join(""), 3, `it has the number 2, ${gapWords}`],
      [`${text}${line(5)}`, 6, `it has the number 5, ${gapWords}`],
      [`${text}${text}`, 6, `it has the number 1, ${gapWords}`],
      [lines.toSpliced(2, 0, "\n").join(""), 3, noJson],
      [`${text}\n`, 6, noJson],
      [`\uFEFF${text}`, 1, noJson],
      [text.replaceAll("\n", "\r\n"), 1, ""],
      [`${text}${"\0".repeat(512)}\n`, 6, noJson],
      [lines.with(3, "garbage\n").join(""), 4, noJson],
      [lines.with(3, "[]\n").join(""), 4, "it is no entry of a feature's log"],
      ["\u0000\u0001 garbage\n", 1, noJson],
      ["null\n", 1, "it is no entry of a feature's log"],
      [features.logText("billing") + lines.slice(1).join(""), 2, "it does not follow line 1"],
      [
        lines.slice(0, 4).join("") + rewritten(text, (entry) => ({ ...entry, at: "2020-01-01T00:00:00.000Z" }))
          .split("\n").slice(4).join("\n"),
        5,
        "it does not follow line 4"
      ]
    ]
    for (const [content, number, reason] of cases) await refusedByAll(content, corrupt(number, reason))
    assert.strictEqual(features.logText("billing"), billing)
  })

  it("tells an event that a newer Slipway wrote, and what no Slipway wrote", async () => {
    const readers = [["next", "auth"], ["show", "auth"], ["log", "auth"], ["gates", "auth"], ["merge", "auth"]]
    const tagged = (entry: Readonly<Record<string, unknown>>, seq: number) =>
      seq === 4 ? { ...entry, event: { _tag: "FeatureCloned", from: "billing" } } : entry
    await refusedByAll(rewritten(text, tagged), {
      exit: 7,
      code: "log-unsupported",
      says: [`${path}:4: the event FeatureCloned was written by a newer Slipway`],
      hint: "update Slipway"
    }, [...everyKind, ...readers])
    const bent = rewritten(text, (entry, seq) => seq === 4 ? { ...entry, event: { _tag: "CommentAdded" } } : entry)
    await refusedByAll(bent, corrupt(4, "Missing key"), [...everyKind, ...readers])
    const nobody = rewritten(text, (entry, seq) => seq === 2 ? { ...entry, actor: { kind: "dog", id: "rex" } } : entry)
    await refusedByAll(nobody, corrupt(2, "actor"))
    assert.strictEqual(features.logText("billing"), billing)
  })

  it("counts a line that was not written to its end as not written, says so, and cuts it off with the next change", async () => {
    const half = line(5).slice(0, 100)
    const rocket = Buffer.from(line(3)).subarray(0, Buffer.from(line(3)).indexOf("🚀") + 2)
    const tails: ReadonlyArray<readonly [tail: string | Uint8Array, whole: number]> = [
      [half, 4],
      ["{", 4],
      ["\0".repeat(300), 4],
      [line(5).slice(0, -1), 4],
      [rocket, 2]
    ]
    for (const [tail, whole] of tails) {
      const torn = Buffer.concat([Buffer.from(lines.slice(0, whole).join("")), Buffer.from(tail)])
      writeFileSync(path, torn)
      const verified = await features.ok(["verify", "auth"])
      assert.deepStrictEqual([verified.lines, verified.torn > 0], [whole, true], String(tail))
      const [forPeople, next] = await Promise.all([features.run(["verify", "auth"]), features.ok(["next", "auth"])])
      assert.deepStrictEqual([forPeople.code, next.revision], [0, whole])
      assert.include(forPeople.stderr, "was not written to its end")
      // Looking changes nothing.
      assert.isTrue(readFileSync(path).equals(torn))
      assert.strictEqual((await features.ok(["comment", "auth", "after"])).revision, whole + 1)
      assert.isTrue(features.logText("auth").startsWith(lines.slice(0, whole).join("")))
      assert.strictEqual((await features.sound("auth")).length, whole + 1)
    }
  })

  it("takes a log without a whole line for none, in which the feature begins anew", async () => {
    for (const content of ["", "{\"actor\":{\"id\"", "\0\0\0"]) {
      writeFileSync(path, content)
      await features.refused(["next", "auth"], {
        exit: 3,
        code: "feature-missing",
        says: ["there is no feature auth"],
        hint: "slipway feature create auth"
      })
      assert.strictEqual((await features.ok(["create", "auth"])).revision, 1)
      await features.sound("auth")
    }
  })

  it("is a folder, which is told and left alone", async () => {
    rmSync(path)
    mkdirSync(path)
    for (const args of [["verify", "auth"], ["create", "auth"], ["comment", "auth", "more"]]) {
      await features.refused(args, {
        exit: 1,
        code: "log-unavailable",
        says: [`cannot use the log ${path}: `, "EISDIR"],
        hint: "make it readable"
      })
    }
    assert.strictEqual(features.logText("billing"), billing)
  })

  it("hides no other feature: a list shows the rest and tells which cannot be read, and why", async () => {
    writeFileSync(path, lines.toSpliced(2, 1).join(""))
    const [listed, forPeople] = await Promise.all([features.ok(["list"]), features.run(["list"])])
    assert.deepStrictEqual(listed.features.map((row: { readonly feature: string }) => row.feature), ["billing"])
    assert.deepStrictEqual(
      listed.unreadable.map((one: { readonly feature: string; readonly code: string }) => [one.feature, one.code]),
      [["auth", "log-corrupt"]]
    )
    assert.include(JSON.stringify(listed.unreadable), `${path}:3: it has the number 4`)
    assert.strictEqual(forPeople.code, 0)
    assert.match(forPeople.stdout, /^billing\t/mu)
    assert.include(forPeople.stderr, `${path}:3: it has the number 4`)
    assert.notMatch(forPeople.stderr, /\n\s+at /u)
    await features.ok(["comment", "billing", "goes on"])
    // What waits for a feature whose log cannot be read goes on waiting, and can stop to.
    writeFileSync(path, text)
    await features.ok(["depend", "billing", "auth"])
    writeFileSync(path, lines.toSpliced(2, 1).join(""))
    const { dependsOn } = await features.ok(["show", "billing"])
    assert.deepStrictEqual(dependsOn, [{ feature: "auth", isReleased: false }])
    const again = await features.ok(["list"])
    assert.deepStrictEqual(again.unreadable.map((one: { readonly feature: string }) => one.feature), ["auth"])
    await features.ok(["depend", "billing", "auth", "--remove"])
  })

  it("cannot be read by who runs the command", async () => {
    chmodSync(path, 0)
    const ended = await features.feature(["verify", "auth"])
    // Root is refused nothing.
    const isRoot = process.getuid?.() === 0
    assert.strictEqual(ended.code, isRoot ? 0 : 1)
    if (isRoot) return
    assertRefusal(
      ended,
      { exit: 1, code: "log-unavailable", says: [path, "EACCES"], hint: "make it readable" },
      "verify"
    )
  })
})
