/** What a sandbox that starts needs beside the rest: all that reads or writes YAML, in one file to load. */
export { isAliasBomb } from "../project/AliasBomb.ts"
export { planOverride } from "./Override.ts"
export { verifyOverride } from "./OverrideCheck.ts"
export { teardownModel } from "./TeardownModel.ts"
