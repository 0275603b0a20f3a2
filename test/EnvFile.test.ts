import { assert, describe, it } from "@effect/vitest"
import { renderEnvFile } from "@slipway/core"
import { Arbitrary, Effect, Schema } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { realComposeVersion, resolveCompose, temporaryFolder } from "./RealCompose.ts"

/** What dotenv formats have got wrong. */
const known: ReadonlyArray<string> = [
  "",
  " ",
  "  leading and trailing  ",
  "\ttab\t",
  "pa$$word",
  "$HOME",
  "${HOME}",
  "${HOME:-x}",
  "$(id)",
  "$",
  "$$",
  "$$$",
  "a$",
  "\\$HOME",
  "\\\\$HOME",
  "#",
  "#start",
  "a #b",
  "a#b",
  "a # b",
  "'",
  "\"",
  "''",
  "\"\"",
  "'quoted'",
  "\"quoted\"",
  "it's",
  "say \"hi\"",
  "it's \"both\" $HOME #x",
  "\\",
  "\\\\",
  "\\\\\\",
  "C:\\new\\table\\",
  "\\'",
  "'\\",
  "\\\\'",
  "\\\"",
  "\"\\",
  "\\n",
  "\\\\n",
  "\\r\\t\\0123\\x41\\u0041",
  "\n",
  "\n\n",
  "two\nlines",
  "trailing newline\n",
  "\nleading newline",
  "crlf\r\nline",
  "\r",
  "lone\rcr",
  "'\r\n\\$\"",
  "-----BEGIN KEY-----\nMIIB+/=\n-----END KEY-----\n",
  "{\"json\": [1, \"a$b\", 'c'], \"n\": \"\\n\"}",
  "key=value",
  "KEY: value",
  "export A=1",
  "`id`",
  "a;b&c|d<e>f(g)*?[h]!~",
  "%s%d%%",
  "ünïcödé",
  "日本語",
  "🛠 emoji",
  "\u00a0nbsp\u00a0",
  "\u2028line separator\u2029",
  "\ufeffbom",
  "\u0001\u0007\u001b\u007f",
  "\v\f\b",
  "x".repeat(100_000),
  "$'\\\"# \n".repeat(2_000)
]

const pieces = ["'", "\"", "\\", "$", "#", " ", "\n", "\r", "\t", "{", "}", "=", ":", "`", "n", "A", "0", "é", "🛠"]

const mixed = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Union([Schema.Literals(pieces), Schema.String])), { maxLength: 16 }),
  (parts) => parts.join("").replaceAll("\0", "").toWellFormed()
)

/** What both services see of the values, by their position. */
const seenByCompose = Effect.fnUntraced(function*(values: ReadonlyArray<string>) {
  const folder = yield* temporaryFolder
  const variables = Object.fromEntries(values.map((value, index) => [`V${index}`, value]))
  const envFile = join(folder, ".env.sandbox")
  const composeFile = join(folder, "compose.yaml")
  writeFileSync(envFile, yield* Effect.fromResult(renderEnvFile(variables)))
  writeFileSync(
    composeFile,
    JSON.stringify({
      services: {
        interpolated: {
          image: "x",
          environment: Object.fromEntries(Object.keys(variables).map((name) => [name, `\${${name}}`]))
        },
        fromfile: { image: "x", env_file: [envFile] }
      }
    })
  )
  const { document } = yield* resolveCompose({
    project: "slipway-envfile",
    directory: folder,
    files: [composeFile],
    envFiles: [envFile]
  })
  const seen = (service: string) =>
    values.map((_, index) => document.services[service]?.environment?.[`V${index}`]?.replaceAll("$$", "$"))
  return { interpolated: seen("interpolated"), fromFile: seen("fromfile") }
}, Effect.scoped)

describe.skipIf(realComposeVersion === null)("env files as Compose reads them", () => {
  it.live("known trouble", () =>
    Effect.gen(function*() {
      const seen = yield* seenByCompose(known)
      for (const [index, value] of known.entries()) {
        const label = JSON.stringify(value.slice(0, 80))
        assert.strictEqual(seen.interpolated[index], value, `--env-file: ${label}`)
        assert.strictEqual(seen.fromFile[index], value, `env_file: ${label}`)
      }
    }))

  it.live.prop(
    "any values, exactly",
    { values: Arbitrary.array(mixed, { minLength: 1, maxLength: 60 }) },
    ({ values }) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* seenByCompose(values), { interpolated: values, fromFile: values })
      }),
    { arbitrary: { runs: 40 } }
  )
})
