/**
 * `pnpm check [NAME…]`: everything that is checked beside the tests, or the named checks alone. Goes on after a failure
 * and tells all of them at the end.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { capture, root, tool } from "./programs.mjs"

const node = (...script) => [process.execPath, ...script]

/** In this order: later ones look at what earlier ones build. */
const checks = {
  /** Without the patched compiler the Effect diagnostics would silently be off. */
  compiler: () => expectOutput([join(root, "node_modules/.bin/tsc"), "--version"], "effect-tsgo"),
  types: () => capture([join(root, "node_modules/.bin/tsc"), "-b", "tsconfig.json"]),
  lint: () => capture(tool("oxlint", "bin/oxlint").concat("--deny-warnings")),
  format: () => capture(tool("dprint", "bin.cjs").concat("check")),
  unused: () => capture(tool("knip", "bin/knip.js")),
  "public types": () => capture(node("scripts/check-public-types.mjs")),
  bundle: () => capture(node("--run", "bundle"), { cwd: join(root, "packages", "cli") }),
  packages: () => capture(node("scripts/check-packages.mjs")),
  docs: () => capture(node("scripts/generate-docs.mjs", "--check")),
  "lock file": registryFreeLockFile
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(checks, name))
if (unknown.length > 0) {
  console.error(`✗ no check is called ${unknown.join(", ")}; there are: ${Object.keys(checks).join(", ")}`)
  process.exit(2)
}

const failed = []
for (const [name, check] of Object.entries(checks)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const start = performance.now()
  const { output, status } = check()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${status === 0 ? "✓" : "✗"} ${name} (${seconds} s)`)
  if (status === 0) continue
  failed.push(name)
  console.log(output)
}
if (failed.length > 0) console.log(`✗ failed: ${failed.join(", ")}`)
process.exitCode = failed.length === 0 ? 0 : 1

function expectOutput(command, expected) {
  const { output, status } = capture(command)
  const isThere = status === 0 && output.includes(expected)
  return { status: isThere ? 0 : 1, output: `expected "${expected}" in: ${output}; \`pnpm install\` puts it right` }
}

/** Anyone may install from any registry: the lock file names none. */
function registryFreeLockFile() {
  const lines = readFileSync(join(root, "pnpm-lock.yaml"), "utf8").split("\n")
  const found = lines.flatMap((line, index) =>
    /https?:\/\//u.test(line) ? [`pnpm-lock.yaml:${index + 1}: ${line}`] : []
  )
  return { status: found.length === 0 ? 0 : 1, output: found.join("\n") }
}
