import { spawnSync } from "node:child_process"
import { join } from "node:path"

/** Runs an example as a user would, and gives the lines that it prints. */
export const runExample = (name: string): ReadonlyArray<string> => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    encoding: "utf8",
    env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" }
  })
  if (status !== 0) throw new Error(`${name} ended with ${status}\n${stdout}${stderr}`)
  return stdout.trimEnd().split("\n")
}
