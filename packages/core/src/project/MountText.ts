import { checkoutPath, lastPathPart } from "./CheckoutPath.ts"
import type { Mount } from "./InfraConfig.ts"

/**
 * Reads a mount in Docker's short form; gives what was expected when it is not one. Without a target it is
 * `/app/<name of the folder>`.
 *
 * @example
 * parseMount("src/:/app/src") // { source: "src", target: "/app/src", readOnly: false }
 * parseMount("config/:ro") // { source: "config", target: "/app/config", readOnly: true }
 */
export const parseMount = (text: string): Mount | string => {
  const [written = "", ...rest] = text.split(":")
  const source = checkoutPath(written)
  if (source === null) return "a source below the checkout, relative and with /"
  const target = rest[0]?.startsWith("/") === true ? rest[0] : null
  const options = target === null ? rest : rest.slice(1)
  if (options.length > 1 || options.some((option) => option !== "ro" && option !== "rw")) {
    return "source:target[:ro], with an absolute target"
  }
  if (target !== null && target.split("/").includes("..")) return "a target without .. parts"
  return { source, target: target ?? defaultTarget(source), readOnly: options[0] === "ro" }
}

/** A mount in Docker's short form. */
export const mountText = (mount: Mount): string => {
  const isDefault = mount.target === defaultTarget(mount.source)
  return `${mount.source}${isDefault ? "" : `:${mount.target}`}${mount.readOnly ? ":ro" : ""}`
}

const defaultTarget = (source: string): string => `/app/${lastPathPart(source)}`.replace(/\/$/u, "")
