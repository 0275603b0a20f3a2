import { readFileSync } from "node:fs"

// Replaced when the package is bundled.
declare const SLIPWAY_VERSION: string | undefined

/** The version of this package. */
export const version: string = typeof SLIPWAY_VERSION === "string"
  ? SLIPWAY_VERSION
  : JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version
