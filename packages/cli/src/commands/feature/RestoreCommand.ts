import { changeCommand } from "./ChangeCommand.ts"
import { reasonFlag } from "./FeatureFlags.ts"

/** `slipway feature restore`. */
export const restoreCommand = changeCommand({
  name: "restore",
  schema: "feature-restore",
  summary: "Take an archived feature up again",
  examples: [
    {
      command: "slipway feature restore user-auth --reason 'the vendor is gone'",
      description: "It goes on where it stood"
    }
  ],
  parameters: { reason: reasonFlag },
  intent: ({ reason }) => ({ _tag: "Restore", reason: reason ?? "" })
})
