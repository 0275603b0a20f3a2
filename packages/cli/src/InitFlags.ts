import { answerInitQuestion, type InitAnswers } from "@slipway/core"
import { Effect, Result } from "effect"
import { UsageError } from "./UsageError.ts"

/** What the flags of `slipway init` say. */
export interface InitFlags {
  readonly name: string | null
  readonly prefix: string | null
  readonly composeFile: string | null
  readonly noSandbox: boolean
  readonly ports: Readonly<Record<string, string>>
  readonly health: string | null
  readonly code: string | null
  readonly codeTargets: string | null
  readonly stride: number | null
  readonly parameterize: boolean
}

/** The answers that flags give by themselves. */
export const plainAnswersOf = (flags: InitFlags): Partial<InitAnswers> => ({
  ...given("name", flags.name),
  ...given("prefix", flags.prefix),
  ...given("composeFile", flags.composeFile),
  ...(flags.noSandbox ? { composeFile: null } : {}),
  ...given("stride", flags.stride),
  ...(flags.parameterize ? { parameterize: true } : {})
})

/** All answers that flags give, over what would be answered without them. */
export const answersOf = (
  flags: InitFlags,
  proposed: InitAnswers
): Effect.Effect<Partial<InitAnswers>, UsageError> =>
  Effect.gen(function*() {
    const ports = yield* givenPorts(flags.ports)
    const simple: Partial<InitAnswers> = {
      ...plainAnswersOf(flags),
      ...(Object.keys(ports).length === 0 ? {} : { ports: mergedPorts(proposed.ports, ports) })
    }
    const known = { ...proposed, ...simple }
    const health = flags.health === null ? null : healthText(flags.health, known)
    const withHealth = yield* answered(simple, known, "health", health)
    const withCode = yield* answered(withHealth, known, "code", flags.code)
    return yield* answered(withCode, known, "codeTargets", flags.codeTargets)
  })

const given = <K extends string, A>(key: K, value: A | null): { readonly [P in K]?: A } =>
  // A computed key loses its name in the type.
  value === null ? {} : { [key]: value } as { readonly [P in K]?: A }

const answered = (
  answers: Partial<InitAnswers>,
  proposed: InitAnswers,
  key: "health" | "code" | "codeTargets",
  typed: string | null
): Effect.Effect<Partial<InitAnswers>, UsageError> =>
  typed === null
    ? Effect.succeed(answers)
    : Effect.fromResult(
      Result.mapError(answerInitQuestion(answers, proposed, key, typed), (reason) =>
        new UsageError({
          reason: `--${key === "codeTargets" ? "code-services" : key} cannot be "${typed}": ${reason}`,
          hint: "`slipway init --help` shows an example"
        }))
    )

/** `/health` alone is asked at the port that was asked so far, else at the first one. */
const healthText = (text: string, { health, ports }: InitAnswers): string => {
  const variable = health?.portVariable ?? Object.keys(ports)[0]
  return text.startsWith("/") && variable !== undefined ? `${variable} ${text}` : text.replace(":/", " /")
}

const givenPorts = (
  typed: Readonly<Record<string, string>>
): Effect.Effect<Readonly<Record<string, number>>, UsageError> =>
  Effect.map(
    Effect.forEach(Object.entries(typed), ([variable, text]) => {
      const port = /^\d{1,5}$/u.test(text) ? Number(text) : 0
      return port >= 1 && port <= 65535
        ? Effect.succeed([variable, port] as const)
        : Effect.fail(
          new UsageError({
            reason: `--port ${variable}=${text}: a port is a number from 1 to 65535`,
            hint: "such as --port API_PORT=8080"
          })
        )
    }),
    (entries) => Object.fromEntries(entries)
  )

/** A port that is given a variable loses the one that was proposed for it. */
const mergedPorts = (
  proposed: Readonly<Record<string, number>>,
  ports: Readonly<Record<string, number>>
): Readonly<Record<string, number>> => {
  const named = new Set(Object.values(ports))
  return { ...Object.fromEntries(Object.entries(proposed).filter(([, base]) => !named.has(base))), ...ports }
}
