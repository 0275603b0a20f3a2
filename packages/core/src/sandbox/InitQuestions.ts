import { Result } from "effect"
import { defaultHealthTimeout } from "../project/InfraSchema.ts"
import { mountText, parseMount } from "../project/MountText.ts"
import { chosenCompose, type InitAnswers, type InitObservation } from "./InitAnswers.ts"

/** A question for a person on a terminal, with the answer that is taken when nothing is typed. */
export type InitQuestion =
  & { readonly text: string; readonly why: string }
  & (
    | {
      readonly kind: "text"
      readonly key: "name" | "prefix" | "health" | "code" | "codeTargets"
      readonly proposal: string
    }
    | {
      readonly kind: "choice"
      readonly key: "composeFile"
      readonly proposal: string
      readonly choices: ReadonlyArray<string>
    }
    | { readonly kind: "confirm"; readonly key: "parameterize"; readonly proposal: boolean }
  )

/** The choice of no compose file. */
export const noComposeFile = "none: worktrees without sandboxes"

/** Endpoints that are often there, for the case that the compose file tells of none. */
const commonEndpoints = ["/health", "/healthz", "/api/health", "/api/v1/health"]

/**
 * The questions of `init`, in the order in which they are asked. After the choice of another compose file they are
 * asked anew, as the rest depends on it.
 */
export const initQuestions = (observation: InitObservation, answers: InitAnswers): ReadonlyArray<InitQuestion> => {
  const files = [
    ...new Set([...(answers.composeFile === null ? [] : [answers.composeFile]), ...observation.composeFiles])
  ]
  const chosen = Result.getOrElse(chosenCompose(observation, answers.composeFile), () => null)
  const services = chosen?.inspection.services.filter(({ isObservability }) => !isObservability).map(({ name }) => name)
  const source = observation.present === null ? `found in ${observation.name.source}` : "as it is now"
  return [
    { kind: "text", key: "name", text: "Project name", why: source, proposal: answers.name },
    {
      kind: "text",
      key: "prefix",
      text: "Prefix of worktree folders",
      why: "folders are called <prefix>-impl-<feature>",
      proposal: answers.prefix
    },
    ...(files.length === 0 ? [] : [{
      kind: "choice" as const,
      key: "composeFile" as const,
      text: "Compose file",
      why: "its services run in each sandbox",
      proposal: answers.composeFile ?? noComposeFile,
      choices: [...files, noComposeFile]
    }]),
    ...(chosen === null || services === undefined ? [] : [
      ...(Object.keys(answers.ports).length === 0 ? [] : [{
        kind: "text" as const,
        key: "health" as const,
        text: "Health endpoint: variable and path, or nothing",
        why: `variables: ${Object.keys(answers.ports).join(", ")}; common paths: ${commonEndpoints.join(", ")}`,
        proposal: answers.health === null ? "" : `${answers.health.portVariable} ${answers.health.endpoint}`
      }]),
      {
        kind: "text" as const,
        key: "code" as const,
        text: "Folders of code to mount, source:target[:ro], with commas",
        why: "mounts of the compose file itself work already",
        proposal: answers.mounts.code.map(mountText).join(", ")
      },
      {
        kind: "text" as const,
        key: "codeTargets" as const,
        text: "Services that get the code, with commas",
        why: `services: ${services.join(", ")}`,
        proposal: answers.mounts.codeTargets.join(", ")
      },
      {
        kind: "confirm" as const,
        key: "parameterize" as const,
        text: `Rewrite ${chosen.path} with variables for its ports`,
        why: "needed only before Compose 2.24",
        proposal: answers.parameterize
      }
    ])
  ]
}

/** Takes what a person typed; the reason when it cannot be taken. */
export const answerInitQuestion = (
  answers: Partial<InitAnswers>,
  proposed: InitAnswers,
  key: InitQuestion["key"],
  typed: string | boolean
): Result.Result<Partial<InitAnswers>, string> => {
  const text = String(typed).trim()
  const mounts = answers.mounts ?? proposed.mounts
  switch (key) {
    case "name":
    case "prefix":
      return Result.succeed({ ...answers, [key]: text })
    case "composeFile":
      return Result.succeed({ ...answers, composeFile: text === noComposeFile || text === "" ? null : text })
    case "parameterize":
      return Result.succeed({ ...answers, parameterize: typed === true || text === "true" })
    case "codeTargets":
      return Result.succeed({ ...answers, mounts: { ...mounts, codeTargets: listOf(text) } })
    case "code": {
      const parsed = listOf(text).map(parseMount)
      const fault = parsed.find((mount) => typeof mount === "string")
      return typeof fault === "string"
        ? Result.fail(`expected ${fault}`)
        : Result.succeed({
          ...answers,
          mounts: { ...mounts, code: parsed.filter((mount) => typeof mount !== "string") }
        })
    }
    case "health": {
      if (text === "") return Result.succeed({ ...answers, health: null })
      const [, portVariable, endpoint] = /^(\S+)\s+(\/\S*)$/u.exec(text) ?? []
      return portVariable === undefined || endpoint === undefined
        ? Result.fail("expected a variable and a path that begins with /, such as API_PORT /health")
        : Result.succeed({
          ...answers,
          health: { portVariable, endpoint, timeout: proposed.health?.timeout ?? defaultHealthTimeout }
        })
    }
  }
}

const listOf = (text: string): ReadonlyArray<string> =>
  text.split(",").map((item) => item.trim()).filter((item) => item !== "")
