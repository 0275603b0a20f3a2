import { variableNameFrom } from "../project/ProjectName.ts"
import type { ServicePort, ServiceText } from "./ComposeText.ts"
import { baseOf, parsePortRange } from "./PortText.ts"

/** What variable names for ports are chosen from. */
export interface PortVariablesRequest {
  readonly project: string
  /** Those whose ports matter: without those that the shared observability stack stands in for. */
  readonly services: ReadonlyArray<ServiceText>
  /** Variables that the configuration has already: their names stay. */
  readonly present: Readonly<Record<string, number>>
  /** Values of the `.env` file beside the compose file. */
  readonly environment: Readonly<Record<string, string>>
  /** Names that mean something else in the compose file or its `.env` file. */
  readonly taken: ReadonlyArray<string>
}

/** Ranges with more ports than this are left alone. */
export const mostPortsOfRange = 32

/**
 * Proposes a variable for every host port that some services publish: the one that the configuration or the
 * compose file has already, else `<PROJECT>_<SERVICE>_PORT`, with the container's port where a service publishes
 * several. One number has one variable, also when it is published for TCP and UDP or on several addresses.
 *
 * @example
 * proposePortVariables(request) // { SHOP_API_PORT: 8080, SHOP_DB_PORT: 5432 }
 */
export const proposePortVariables = (request: PortVariablesRequest): Readonly<Record<string, number>> => {
  const names = new Map<number, string>(Object.entries(request.present).map(([name, base]) => [base, name]))
  const used = new Set([...Object.keys(request.present), ...request.taken])
  const published = request.services.flatMap((service) =>
    service.ports.flatMap((port) => publishedNumbers(port, request.environment))
  )
  for (const { number, variable } of published) {
    if (variable === null || names.has(number) || hasValue(names, variable)) continue
    names.set(number, variable)
    used.add(variable)
  }
  for (const service of request.services) {
    const numbers = distinct(service.ports.flatMap((port) => publishedNumbers(port, request.environment)))
    for (const { number, target } of numbers) {
      if (names.has(number)) continue
      const plain = `${serviceVariable(request.project, service.name)}_PORT`
      const name = unusedName(numbers.length === 1 ? plain : `${plain}_${target}`, used)
      names.set(number, name)
      used.add(name)
    }
  }
  const kept = new Set([...published.map(({ number }) => number), ...Object.values(request.present)])
  return Object.fromEntries([...names].filter(([number]) => kept.has(number)).map(([number, name]) => [name, number]))
}

interface PublishedNumber {
  readonly number: number
  readonly target: string
  /** The variable that stands for it in the compose file, or null. */
  readonly variable: string | null
}

/** The numbers that need a variable, one for each port of a range with as many container ports. */
const publishedNumbers = (
  port: ServicePort,
  environment: Readonly<Record<string, string>>
): ReadonlyArray<PublishedNumber> => {
  const { published, target } = port
  const targets = parsePortRange(target)
  if (published._tag === "Range" && port.short !== null && targets !== null && targets.last > targets.first) {
    const count = published.last - published.first + 1
    return count > mostPortsOfRange || count !== targets.last - targets.first + 1 ? [] : Array.from(
      { length: count },
      (_, index) => ({ number: published.first + index, target: String(targets.first + index), variable: null })
    )
  }
  const variable = published._tag === "Variable" ? published.variable : null
  const set = variable === null || !Object.hasOwn(environment, variable)
    ? null
    : parsePortRange(environment[variable] ?? "")?.first ?? null
  const number = set ?? baseOf(published)
  return number === null || number === 0 ? [] : [{ number, target: target.replaceAll(/\D+/gu, "_"), variable }]
}

const distinct = (numbers: ReadonlyArray<PublishedNumber>): ReadonlyArray<PublishedNumber> =>
  numbers.filter((one, index) => numbers.findIndex(({ number }) => number === one.number) === index)

const hasValue = (map: ReadonlyMap<number, string>, value: string): boolean => [...map.values()].includes(value)

/** A service that is named after its project does not repeat the name. */
const serviceVariable = (project: string, service: string): string => {
  const [ofProject, ofService] = [variableNameFrom(project), variableNameFrom(service)]
  return ofService === ofProject || ofService.startsWith(`${ofProject}_`)
    ? ofService
    : `${ofProject}_${ofService.replace(/^_/u, "")}`
}

const unusedName = (name: string, used: ReadonlySet<string>): string => {
  if (!used.has(name)) return name
  let count = 2
  while (used.has(`${name}_${count}`)) count += 1
  return `${name}_${count}`
}
