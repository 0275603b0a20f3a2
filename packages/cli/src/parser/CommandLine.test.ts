import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { command, commandGroup } from "./CommandDefinition.ts"
import { parseCommandLine } from "./CommandLine.ts"
import {
  choiceArgument,
  integerFlag,
  optionalArgument,
  pairsFlag,
  programArgument,
  requiredArgument,
  switchFlag,
  textFlag,
  wordsArgument
} from "./Parameter.ts"

/** What the commands of the tree below were given, last first. */
let received: unknown = null
const receive = (input: unknown) =>
  Effect.sync(() => {
    received = input
  })

const tree = commandGroup({
  name: "slipway",
  summary: "",
  examples: [],
  groups: [{
    title: "All",
    commands: [
      command({
        name: "take",
        aliases: ["t"],
        summary: "",
        examples: [],
        parameters: {
          first: requiredArgument("FIRST", ""),
          second: optionalArgument("SECOND", ""),
          force: switchFlag("--force", "", { short: "-f" }),
          name: textFlag("--name", "NAME", "", { short: "-n" }),
          count: integerFlag("--count", "N", "", { minimum: 0 }),
          pairs: pairsFlag("--pair", "KEY=VALUE", "")
        },
        run: receive
      }),
      command({
        name: "start",
        summary: "",
        examples: [],
        parameters: {
          name: optionalArgument("NAME", ""),
          program: programArgument("COMMAND", "")
        },
        run: receive
      }),
      commandGroup({
        name: "group",
        summary: "",
        examples: [],
        groups: [{
          title: "All",
          commands: [
            command({
              name: "exec",
              summary: "",
              examples: [],
              parameters: {
                service: choiceArgument("SERVICE", "", ["web", "db"]),
                words: wordsArgument("COMMAND", "", true)
              },
              run: receive
            })
          ]
        }]
      })
    ]
  }]
})

const parse = (...args: ReadonlyArray<string>) => parseCommandLine(tree, args)

/** What a command gets from a command line. */
const inputOf = (...args: ReadonlyArray<string>): unknown => {
  const line = parse(...args)
  if (line._tag !== "Run") throw new Error(line._tag === "Mistake" ? line.problem.message : line._tag)
  received = null
  // The commands of the tree need nothing.
  Effect.runSync(line.run as Effect.Effect<void>)
  return received
}

const mistakeOf = (...args: ReadonlyArray<string>): string => {
  const line = parse(...args)
  return line._tag === "Mistake" ? `${line.problem.message} / ${line.problem.hint}` : line._tag
}

const plain = { first: "a", second: null, force: false, name: null, count: null, pairs: {} }

describe("a command line", () => {
  it("gives words to arguments in their order", () => {
    assert.deepStrictEqual(inputOf("take", "a"), plain)
    assert.deepStrictEqual(inputOf("t", "a", "b"), { ...plain, second: "b" })
    assert.deepStrictEqual(inputOf("group", "exec", "web", "ls", "x"), { service: "web", words: ["ls", "x"] })
  })

  it.each([
    [["--name", "x"]],
    [["--name=x"]],
    [["-n", "x"]],
    [["-nx"]],
    [["-n=x"]],
    [["--name", "y", "--name", "x"]]
  ])("understands %j as one value", (flags) => {
    assert.deepStrictEqual(inputOf("take", ...flags, "a"), { ...plain, name: "x" })
    assert.deepStrictEqual(inputOf("take", "a", ...flags), { ...plain, name: "x" })
  })

  it("takes values that look like anything else", () => {
    assert.deepStrictEqual(inputOf("take", "a", "--name", "--force"), { ...plain, name: "--force" })
    assert.deepStrictEqual(inputOf("take", "a", "--name="), { ...plain, name: "" })
    assert.deepStrictEqual(inputOf("take", "a", "--pair", "X=1=2", "--pair=Y="), {
      ...plain,
      pairs: { X: "1=2", Y: "" }
    })
    assert.deepStrictEqual(inputOf("take", "-1"), { ...plain, first: "-1" })
    assert.deepStrictEqual(inputOf("take", "-"), { ...plain, first: "-" })
  })

  it("never takes the next word for the value of a switch", () => {
    assert.deepStrictEqual(inputOf("take", "--force", "a"), { ...plain, force: true })
    assert.deepStrictEqual(inputOf("take", "-f", "true"), { ...plain, first: "true", force: true })
    assert.deepStrictEqual(inputOf("take", "-vfn", "x", "a"), { ...plain, force: true, name: "x" })
  })

  it("leaves what follows -- alone", () => {
    assert.deepStrictEqual(inputOf("take", "--", "--force"), { ...plain, first: "--force" })
    assert.deepStrictEqual(inputOf("group", "exec", "db", "--", "psql", "-U", "--", "x"), {
      service: "db",
      words: ["psql", "-U", "--", "x"]
    })
  })

  it("gives what follows -- to the program alone", () => {
    assert.deepStrictEqual(inputOf("start", "--", "sh", "-c", "--json"), {
      name: null,
      program: ["sh", "-c", "--json"]
    })
    assert.deepStrictEqual(inputOf("start", "it", "--", "sh"), { name: "it", program: ["sh"] })
    assert.deepStrictEqual(inputOf("start", "it"), { name: "it", program: null })
  })

  it("takes global flags anywhere", () => {
    for (const args of [["-C", "/x", "take", "a", "--json"], ["take", "--json", "a", "-C/x"]]) {
      const line = parse(...args)
      assert.deepStrictEqual(line._tag === "Run" ? line.settings : null, {
        json: true,
        verbose: false,
        directory: "/x"
      })
    }
  })

  it("asks for help or the version before anything is checked but the command", () => {
    assert.deepStrictEqual(parse("take", "--help"), { _tag: "Help", path: ["take"] })
    assert.deepStrictEqual(parse("-h", "group", "exec", "--nonsense"), { _tag: "Help", path: ["group", "exec"] })
    assert.deepStrictEqual(parse("group"), { _tag: "Help", path: ["group"] })
    assert.deepStrictEqual(parse(), { _tag: "Help", path: [] })
    assert.deepStrictEqual(parse("take", "--version"), { _tag: "Version", path: ["take"] })
  })

  it.each([
    [["tkae"], "there is no command `slipway tkae` / did you mean `slipway take`?"],
    [["group", "exce", "--help"], "there is no command `slipway group exce` / did you mean `slipway group exec`?"],
    [["take"], "`slipway take` needs FIRST / usage: slipway take [FLAGS] FIRST [SECOND]"],
    [["take", "a", "b", "c", "d"], "`slipway take` does not take \"c\", \"d\""],
    [["take", "a", "--froce"], "`slipway take` has no flag --froce / did you mean `--force`?"],
    [["take", "a", "-x"], "`slipway take` has no flag -x / `slipway take --help`"],
    [["take", "a", "--name"], "--name needs a value: NAME"],
    [["take", "a", "--force=yes"], "--force takes no value"],
    [["take", "a", "--count", "1.5"], "--count cannot be \"1.5\""],
    [["take", "a", "--count", "-1"], "--count cannot be \"-1\""],
    [["take", "a", "--pair", "=1"], "--pair cannot be \"=1\": it is KEY=VALUE"],
    [["group", "exec", "cache", "ls"], "SERVICE cannot be \"cache\": it is one of web, db"],
    [
      ["group", "exec", "web"],
      "`slipway group exec` needs COMMAND / usage: slipway group exec [FLAGS] SERVICE -- COMMAND..."
    ],
    [["group", "exec", "web", "ls", "-l"], "`slipway group exec` has no flag -l / put -- before the program"]
  ])("explains what is wrong with %j", (args, text) => {
    assert.include(mistakeOf(...args), text)
  })

  const token = Arbitrary.schema(
    Schema.Union([
      Schema.Literals([
        "take",
        "t",
        "group",
        "exec",
        "--",
        "-",
        "--force",
        "-f",
        "--name",
        "-n",
        "--name=",
        "-h",
        "=",
        ""
      ]),
      Schema.String
    ])
  )
  it.effect.prop(
    "is never too strange",
    { args: Arbitrary.array(token) },
    ({ args }) =>
      Effect.sync(() => {
        const line = parse(...args)
        assert.include(["Run", "Help", "Version", "Mistake"], line._tag)
        if (line._tag === "Mistake") assert.notStrictEqual(line.problem.hint, "")
      })
  )
})
