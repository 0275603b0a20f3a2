/** Which pnpm to use. Works on Node 20 and needs no package. */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Keeps pnpm 10 from fetching another pnpm instead of doing what it is told. */
export const pnpmVariables = { npm_config_manage_package_manager_versions: "false" }

/** The pnpm of this machine where there is one that works here, else the one that package.json names, through npx. */
export const pnpm = () => {
  const found = spawnSync("pnpm", ["--version"], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, ...pnpmVariables }
  })
  const major = found.status === 0 ? Number.parseInt(found.stdout, 10) : 0
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  return major >= 10 ? ["pnpm"] : ["npx", "-y", packageManager]
}
