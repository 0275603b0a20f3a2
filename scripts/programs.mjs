/** How the scripts of this folder run programs. */
import { spawnSync } from "node:child_process"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

/** The folder of this workspace. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The path of a package's program, run by the Node that runs now: `tool("vitest", "vitest.mjs")`. */
export const tool = (name, file) => [process.execPath, join(root, "node_modules", name, file)]

/** Runs a program with the caller's terminal and gives its exit code. */
export const run = ([program, ...programArguments], options = {}) => {
  const { error, status } = spawnSync(program, programArguments, { cwd: root, stdio: "inherit", ...options })
  if (error !== undefined) throw error
  return status ?? 1
}

/** Runs a program quietly; gives its exit code and what it printed. */
export const capture = ([program, ...programArguments], options = {}) => {
  const { error, status, stderr, stdout } = spawnSync(program, programArguments, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    ...options
  })
  if (error !== undefined) throw error
  return { status: status ?? 1, output: `${stdout}${stderr}`, stdout }
}
