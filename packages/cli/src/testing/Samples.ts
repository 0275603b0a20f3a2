import type {
  DonePlan,
  DoneResult,
  ImplPlan,
  ImplResult,
  Problem,
  SandboxReport,
  WorktreeRow,
  WorktreeStatus
} from "@slipway/core"

/** Values as the services give them. */

export const sandboxReport: SandboxReport = {
  composeProject: "shop-slot-3",
  urls: [{ variable: "API_PORT", port: 8083, url: "http://localhost:8083" }],
  health: { verdict: "ready", ms: 1200, detail: null, logs: [] },
  services: [
    {
      service: "api",
      state: "running",
      health: "healthy",
      ports: [{ host: 8083, container: 80, protocol: "tcp" }, { host: 49153, container: 81, protocol: "udp" }]
    },
    { service: "job", state: "exited", health: null, ports: [] }
  ],
  warnings: ["port 81 has no variable"]
}

export const implResult: ImplResult = {
  project: "shop",
  kind: "impl",
  feature: "auth",
  milestone: "M1",
  milestoneFile: "docs/designs/auth/implementation/M1-login.md",
  branch: "impl/auth-M1",
  worktree: "/code/shop-impl-auth-M1",
  slot: {
    slot_id: 3,
    project: "shop",
    worktree_path: "/code/shop-impl-auth-M1",
    slot_dir: "/home/me/.devops-ai/slots/shop-3",
    ports: { API_PORT: 8083 },
    claimed_at: "2026-11-21T05:00:00.000Z",
    status: "running"
  },
  sandbox: sandboxReport,
  skippedSlots: [{ slot: 1, reason: "port 8081 (API_PORT) is in use" }],
  warnings: ["offline: the branch starts from what is there"]
}

/** A worktree without a milestone, slot or sandbox. */
export const specResult: ImplResult = {
  ...implResult,
  kind: "spec",
  milestone: null,
  milestoneFile: null,
  branch: "spec/auth",
  worktree: "/code/shop-spec-auth",
  slot: null,
  sandbox: null,
  skippedSlots: [],
  warnings: []
}

export const implPlan: ImplPlan = {
  project: "shop",
  branch: "impl/auth-M1",
  worktree: "/code/shop-impl-auth-M1",
  slot: { number: 3, ports: { API_PORT: 8083 } },
  steps: [
    { step: "claim-slot", title: "claim slot 3", reason: "slot 1 is taken" },
    { step: "add-worktree", title: "add the worktree" }
  ],
  warnings: []
}

export const doneResult: DoneResult = {
  project: "shop",
  worktree: "/code/shop-impl-auth-M1",
  branch: "impl/auth-M1",
  branchKept: "it is not merged",
  slot: 3,
  warnings: ["one image is in use elsewhere"]
}

export const donePlan: DonePlan = {
  project: "shop",
  worktree: "/code/shop-impl-auth-M1",
  branch: null,
  slot: null,
  steps: [{ step: "remove-worktree", title: "remove the worktree" }],
  refusals: [{ kind: "changes", text: "2 uncommitted files", items: ["a.ts", "b.ts"] }],
  warnings: []
}

export const worktreeRow: WorktreeRow = {
  project: "shop",
  kind: "impl",
  name: "auth-M1",
  path: "/code/shop-impl-auth-M1",
  branch: "impl/auth-M1",
  slot: 3,
  state: "running",
  urls: sandboxReport.urls,
  changedFiles: 2,
  ahead: 1,
  behind: 0,
  claimedAt: "2026-11-21T05:00:00.000Z",
  problems: []
}

/** A worktree of which little is known. */
export const orphanRow: WorktreeRow = {
  ...worktreeRow,
  name: "pay-M2",
  path: "/code/shop-impl-pay-M2",
  branch: null,
  slot: 4,
  state: "orphaned",
  urls: [],
  changedFiles: null,
  ahead: null,
  behind: null,
  problems: ["its worktree is gone: `slipway done pay-M2` releases the slot"]
}

export const worktreeStatus: WorktreeStatus = {
  ...worktreeRow,
  changes: [{ path: "a.ts", kind: "modified" }, { path: "b.ts", kind: "untracked" }],
  services: sandboxReport.services,
  ageSeconds: 7300,
  warnings: []
}

/** An expected failure with a code. */
export const problem = (code: Problem["code"], hint = "try something else"): Problem => ({
  _tag: "Sample",
  code,
  message: `this is ${code}`,
  hint
})
