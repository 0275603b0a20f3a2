/**
 * Writes the part of the documentation that is made from the code: `docs/reference/`. With `--check` it writes nothing
 * and fails when a file is out of date. Needs a Node that runs TypeScript.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { capture, root, tool } from "./programs.mjs"
import { commandPage } from "./reference/CommandPage.mjs"
import { configurationPage } from "./reference/ConfigurationPage.mjs"
import { errorPage } from "./reference/ErrorPage.mjs"

const { exitCodes, problemCodes } = await import("../packages/core/src/operation/Problem.ts")
const { infraJsonSchema } = await import("../packages/core/src/project/InfraSchema.ts")
const { outputJsonSchemas } = await import("../packages/cli/src/schemas/OutputSchemas.ts")
const schema = infraJsonSchema()

const pages = {
  "docs/reference/configuration.md": configurationPage(schema),
  "docs/reference/infra.schema.json": jsonText(schema),
  "docs/reference/errors.md": errorPage(problemCodes, exitCodes),
  ...Object.fromEntries(
    Object.entries(outputJsonSchemas()).map(([file, output]) => [`docs/reference/json/${file}`, jsonText(output)])
  ),
  ...commandPages()
}

const isCheck = process.argv.includes("--check")
const outdated = Object.entries(pages)
  .map(([path, text]) => ({ path, text: formatted(path, text) }))
  .filter(({ path, text }) => !existsSync(join(root, path)) || readFileSync(join(root, path), "utf8") !== text)

for (const { path, text } of outdated) {
  if (!isCheck) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  console.log(isCheck ? `${path} is out of date; \`pnpm docs\` writes it` : `wrote ${path}`)
}
process.exitCode = isCheck && outdated.length > 0 ? 1 : 0

function jsonText(value) {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** The command tree, as the bundle of the command line holds it beside itself. */
function commandPages() {
  const answers = join(root, "packages/cli/dist/static-answers.json")
  if (!existsSync(answers)) throw new Error(`${answers} is missing: \`pnpm bundle\` makes it`)
  const { commands } = JSON.parse(readFileSync(answers, "utf8"))
  return { "docs/reference/cli.md": commandPage(commands.map(({ help }) => help)) }
}

/** As the formatter of the repository would have it. */
function formatted(path, text) {
  const { output, status, stdout } = capture(
    tool("dprint", "bin.cjs").concat("fmt", "--stdin", path.split(".").at(-1)),
    {
      input: text
    }
  )
  if (status !== 0) throw new Error(`${path}: ${output}`)
  return stdout
}
