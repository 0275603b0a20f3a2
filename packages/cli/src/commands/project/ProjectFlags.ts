import { requiredArgument } from "../../parser/Parameter.ts"

/** The name of a project that is there. */
export const projectArgument = requiredArgument("PROJECT", "A project's name: that of its folder in .ai/projects")
