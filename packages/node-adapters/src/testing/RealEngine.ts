import { execFile, execFileSync } from "node:child_process"

/** Whether a container engine and Compose answer on this machine. */
const answers = ((): boolean => {
  try {
    execFileSync("docker", ["version"], { stdio: "ignore", timeout: 20_000 })
    execFileSync("docker", ["compose", "version"], { stdio: "ignore", timeout: 20_000 })
    return true
  } catch {
    return false
  }
})()

/**
 * Whether tests on a real engine are skipped: where none answers, which is said, but with `CI=true` they run and fail.
 */
export const skipsEngine: boolean = (() => {
  if (answers || process.env["CI"] === "true") return false
  process.stderr.write("skipped: no container engine answers, so nothing is tested on a real one\n")
  return true
})()

/** What docker prints for a list of arguments, in lines; nothing when it fails. */
export const docker = (...args: ReadonlyArray<string>): Promise<ReadonlyArray<string>> =>
  new Promise((resolve) => {
    execFile("docker", [...args], { encoding: "utf8" }, (_, stdout) =>
      resolve(
        stdout.split("\n").filter((line) => line !== "")
      ))
  })

/** Takes away all that a Compose project left, and networks of its name. */
export const clearProject = async (name: string): Promise<void> => {
  const label = `label=com.docker.compose.project=${name}`
  const clear = async (list: ReadonlyArray<string>, remove: ReadonlyArray<string>) => {
    const ids = await docker(...list)
    if (ids.length > 0) await docker(...remove, ...ids)
  }
  await clear(["ps", "--all", "--quiet", "--filter", label], ["rm", "--force", "--volumes"])
  await clear(["network", "ls", "--quiet", "--filter", label], ["network", "rm"])
  await clear(["network", "ls", "--quiet", "--filter", `name=^${name}$`], ["network", "rm"])
  await clear(["volume", "ls", "--quiet", "--filter", label], ["volume", "rm", "--force"])
  await clear(["image", "ls", "--quiet", "--filter", label], ["image", "rm", "--force"])
}
