/** Packs each package as it would be published, and has publint and attw look at the result. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pnpm, pnpmVariables } from "./pnpm.mjs"
import { capture, root, tool } from "./programs.mjs"

const packages = [
  { folder: "core", isLibrary: true },
  { folder: "node-adapters", isLibrary: true },
  { folder: "cli", isLibrary: false }
]

const failures = packages.flatMap(({ folder, isLibrary }) => {
  const target = mkdtempSync(join(tmpdir(), "slipway-pack-"))
  try {
    const packed = capture([...pnpm(), "pack", "--pack-destination", target], {
      cwd: join(root, "packages", folder),
      env: { ...process.env, ...pnpmVariables }
    })
    if (packed.status !== 0) return [`${folder}: pnpm pack: ${packed.output}`]
    const [tarball] = readdirSync(target).map((name) => join(target, name))
    return [
      capture(tool("publint", "src/cli.js").concat(tarball, "--strict")),
      ...(isLibrary
        ? [capture(tool("@arethetypeswrong/cli", "dist/index.js").concat(tarball, "--profile", "esm-only"))]
        : [])
    ].filter(({ status }) => status !== 0).map(({ output }) => `${folder}: ${output}`)
  } finally {
    rmSync(target, { recursive: true, force: true })
  }
})

for (const failure of failures) console.log(failure)
process.exitCode = failures.length === 0 ? 0 : 1
