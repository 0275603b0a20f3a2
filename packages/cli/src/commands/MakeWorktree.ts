import { describeSkippedSlot, type ImplRequest } from "@slipway/core"
import { withConsent } from "../Approval.ts"
import { implData, implPlanData, implPlanText, implText } from "../output/ImplOutput.ts"
import { perform } from "../Report.ts"

/** Carries `spec` and `impl` out, or shows what they would do. */
export const makeWorktree = (
  request: Omit<ImplRequest, "directory"> & { readonly approve: boolean },
  isDryRun: boolean
) =>
  isDryRun
    ? perform({
      command: request.kind,
      label: "planning",
      work: ({ impl }, { directory }) => impl.plan({ ...request, directory }),
      data: implPlanData,
      text: (plan, { style }) => implPlanText(plan, style),
      warnings: ({ warnings }) => warnings
    })
    : perform({
      command: request.kind,
      label: `making ${request.name}`,
      work: ({ impl }, call) =>
        withConsent(call, request.approve, (approve) => impl.run({ ...request, directory: call.directory, approve })),
      data: implData,
      text: (result, { style }) => implText(result, style),
      warnings: ({ sandbox, skippedSlots, warnings }) => [
        ...skippedSlots.map(describeSkippedSlot),
        ...warnings,
        ...(sandbox?.warnings ?? [])
      ]
    })
