/** Repositories of images that the shared observability stack stands in for. */
const repositories = [
  // Jaeger's own images, but not its example applications.
  /^jaegertracing\/(?!example-)[^/]+$/u,
  /^(?:prom|prometheus|bitnami)\/prometheus$/u,
  /^(?:grafana|bitnami)\/(?:grafana|grafana-oss|grafana-enterprise)$/u
]

/**
 * Whether an image is part of an observability stack that the shared one stands in for: Jaeger, Prometheus, Grafana. A
 * registry's name, a tag and a digest do not matter.
 *
 * @example
 * isObservabilityImage("quay.io/prom/prometheus:v3") // true
 */
export const isObservabilityImage = (image: string): boolean => {
  const repository = image.replace(/@.*$/u, "").replace(/:[^/]*$/u, "")
  const parts = repository.split("/")
  const [first = ""] = parts
  const isRegistry = parts.length > 1 && (/[.:]/u.test(first) || first === "localhost")
  const candidates = isRegistry ? [parts.slice(1), parts.slice(-2)] : [parts, parts.slice(-2)]
  return candidates.some((candidate) => repositories.some((pattern) => pattern.test(candidate.join("/"))))
}
