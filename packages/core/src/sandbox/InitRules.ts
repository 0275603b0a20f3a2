/** What only `init` needs: all that reads or writes compose files and `infra.toml`, in one file to load. */
export { proposeAnswers } from "./InitAnswers.ts"
export { planInit } from "./InitPlan.ts"
export { initQuestions } from "./InitQuestions.ts"
export { mountSources } from "./MountSources.ts"
