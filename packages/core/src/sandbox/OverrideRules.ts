import { Effect } from "effect"

/** The rules write YAML; only a sandbox that starts pays for loading what they need. */
export const loadOverrideRules = Effect.promise(async () => ({
  ...await import("./AliasBomb.ts"),
  ...await import("./Override.ts"),
  ...await import("./OverrideCheck.ts"),
  ...await import("./TeardownModel.ts")
}))
