import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

/** Why the demo cannot run containers here, or null when it can. */
export const missingForContainers = () => {
  if (!succeeds("docker", "info")) return "no Docker engine answers"
  if (!succeeds("docker", "compose", "version")) return "the Docker Compose plugin is not installed"
  if (staticBusybox() === null) return "there is no statically linked busybox to build an image from"
  return null
}

/** The path of a busybox that runs in an empty image, or null. */
export const staticBusybox = () => ["/bin/busybox", "/usr/bin/busybox"].find(isStatic) ?? null

/** The names of the engine's networks. */
export const networks = () =>
  spawnSync("docker", ["network", "ls", "--format", "{{.Name}}"], { encoding: "utf8" }).stdout.split("\n")

const succeeds = (program, ...programArguments) =>
  spawnSync(program, programArguments, { stdio: "ignore", timeout: 10_000 }).status === 0

const interpreterSegment = 3

/** Whether a file is a 64-bit little-endian ELF program without an interpreter, which is what makes it static. */
const isStatic = (path) => {
  if (!existsSync(path)) return false
  const file = readFileSync(path)
  if (file.toString("latin1", 0, 6) !== "\x7fELF\x02\x01") return false
  const [start, size, count] = [Number(file.readBigUInt64LE(32)), file.readUInt16LE(54), file.readUInt16LE(56)]
  const segments = Array.from({ length: count }, (_, index) => file.readUInt32LE(start + index * size))
  return !segments.includes(interpreterSegment)
}
