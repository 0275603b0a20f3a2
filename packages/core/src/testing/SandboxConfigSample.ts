import type { SandboxConfig } from "../project/InfraConfig.ts"

/** A `[sandbox]` in which everything is as it is when nobody says otherwise, with some settings of a test's own. */
export const sandboxConfigSample = (settings: Partial<SandboxConfig>): SandboxConfig => ({
  composeFile: "docker-compose.yml",
  composeMode: "auto",
  portStride: 1,
  ports: {},
  health: null,
  services: [],
  profiles: [],
  mounts: { code: [], codeTargets: [], shared: [], sharedTargets: [] },
  otel: { endpointVariable: "OTEL_EXPORTER_OTLP_ENDPOINT", namespaceVariable: "OTEL_RESOURCE_ATTRIBUTES" },
  networks: [],
  env: {},
  secrets: {},
  files: {},
  ...settings
})
