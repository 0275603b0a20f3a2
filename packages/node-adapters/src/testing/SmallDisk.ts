import { execFileSync } from "node:child_process"

/** Uses a folder as a disk of 64 kB, to be unmounted; false when that is not allowed. */
export const mountSmallDisk = (path: string): boolean => {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", path], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

/** Ends what {@link mountSmallDisk} made. */
export const unmount = (path: string): void => {
  execFileSync("umount", [path])
}
