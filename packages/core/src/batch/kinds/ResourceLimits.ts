import { Schema } from "effect"

/** What an agent's container may use at most. */
export const ResourceLimits = Schema.Struct({
  /** Whole bytes, at least 1. */
  memoryBytes: Schema.optionalKey(Schema.Int),
  /** Billionths of a processor, at least 1. */
  nanoCpus: Schema.optionalKey(Schema.Int)
})
export interface ResourceLimits extends Schema.Schema.Type<typeof ResourceLimits> {}

/** The power of ten that a suffix of a quantity stands for. */
const decimalSuffixes: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }

const binarySuffixes: Readonly<Record<string, number>> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60
}

/**
 * The number that a quantity of Kubernetes stands for; null for what is none.
 *
 * @example
 * quantityOf("500m") // 0.5
 * quantityOf("1Gi") // 1_073_741_824
 * quantityOf("1.5e3") // 1500
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export const quantityOf = (quantity: number | string): number | null => {
  if (typeof quantity === "number") return quantity
  const [, digits, suffix = "", exponent] =
    /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:([A-Za-z]{1,2})|([eE][-+]?[0-9]{1,3}))?$/u.exec(quantity) ?? []
  if (digits === undefined) return null
  if (suffix === "") return Number(`${digits}${exponent ?? ""}`)
  const power = decimalSuffixes[suffix]
  if (power !== undefined) return Number(`${digits}e${power}`)
  const factor = binarySuffixes[suffix]
  return factor === undefined ? null : Number(digits) * factor
}

/**
 * The limits of a container, as far as an engine of this machine keeps them: `memory` and `cpu`, rounded up as Kubernetes
 * does it. One of 0 is none. Null without any.
 *
 * @example
 * resourceLimits({ memory: "2Gi", cpu: "500m" }) // { memoryBytes: 2_147_483_648, nanoCpus: 500_000_000 }
 */
export const resourceLimits = (limits: Readonly<Record<string, number | string>>): ResourceLimits | null => {
  const memoryBytes = wholeUnits(limits["memory"], 1)
  const nanoCpus = wholeUnits(limits["cpu"], 1e9)
  return memoryBytes === null && nanoCpus === null
    ? null
    : { ...(memoryBytes === null ? {} : { memoryBytes }), ...(nanoCpus === null ? {} : { nanoCpus }) }
}

const wholeUnits = (quantity: number | string | undefined, perUnit: number): number | null => {
  const value = quantity === undefined ? null : quantityOf(quantity)
  // Products such as 0.1 * 1e9 are not exact: what is beyond a millionth of a unit is no part of the quantity.
  const units = value === null ? 0 : Math.ceil(Number((value * perUnit).toFixed(6)))
  return units > 0 ? Math.min(units, Number.MAX_SAFE_INTEGER) : null
}
