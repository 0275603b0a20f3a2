/** A step as a plan shows it. */
export interface PlanStep {
  readonly step: string
  readonly title: string
  readonly reason?: string
}
