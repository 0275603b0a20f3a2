import type { SandboxReport, SandboxUrl, ServiceReport } from "@slipway/core"
import { present } from "./Envelope.ts"
import { healthData, healthText } from "./HealthOutput.ts"
import { fieldLines, lines } from "./Messages.ts"
import type { Style } from "./Style.ts"

type Field = readonly [label: string, value: string]

/** One service as `--json` shows it. */
export const serviceData = (service: ServiceReport) =>
  present({
    service: service.service,
    state: service.state,
    health: service.health ?? undefined,
    ports: service.ports
  })

/** A started sandbox as `--json` shows it. */
export const sandboxData = (report: SandboxReport) => ({
  composeProject: report.composeProject,
  urls: report.urls,
  health: healthData(report.health),
  services: report.services.map(serviceData),
  warnings: report.warnings
})

/** A started sandbox, for people. */
export const sandboxText = (report: SandboxReport, style: Style): string =>
  lines(
    `${style.green("✓")} ${style.bold(report.composeProject)} is started`,
    fieldLines(sandboxFields(report, style), style)
  )

/** Health and services of a started sandbox. */
export const sandboxFields = (report: SandboxReport, style: Style): ReadonlyArray<Field> => [
  ["health", healthText(report.health, style)],
  ...serviceFields(report.services, report.urls, style)
]

/** Each service with its state and where it is opened; then the ports that no service has open. */
export const serviceFields = (
  services: ReadonlyArray<ServiceReport>,
  urls: ReadonlyArray<SandboxUrl>,
  style: Style
): ReadonlyArray<Field> => {
  const open = new Set(services.flatMap(({ ports }) => ports.map(({ host }) => host)))
  return [
    ...services.map(({ health, ports, service, state }): Field => [
      service,
      [
        [state === "running" ? style.green(state) : style.yellow(state), ...(health === null ? [] : [health])].join(
          " "
        ),
        ...ports.map(({ container, host, protocol }) => {
          const url = urls.find(({ port }) => port === host)
          return url === undefined ? `localhost:${host} (${container}/${protocol})` : `${url.url} (${url.variable})`
        })
      ].join("  ")
    ]),
    ...urls.filter(({ port }) => !open.has(port)).map(({ url, variable }): Field => [variable, style.dim(url)])
  ]
}
