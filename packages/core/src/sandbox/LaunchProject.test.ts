import { assert, describe, it } from "@effect/vitest"
import { launchProject, ownEnvOf } from "./LaunchProject.ts"

const slot = {
  slot_id: 2,
  project: "shop",
  worktree_path: "/code/shop-impl-auth",
  slot_dir: "/home/dev/.devops-ai/slots/shop-2",
  ports: { API_PORT: 8082 },
  claimed_at: "2026-02-08T15:30:00Z",
  status: "starting" as const
}

const input = {
  sandbox: { composeFile: "deploy/compose.yml", env: { API_PORT: "1", LOG: "debug" }, profiles: ["dev"] },
  worktree: "/code/shop-impl-auth",
  ownEnv: "/code/shop-impl-auth/deploy/.env",
  secretsFile: "/code/shop-impl-auth/.env.secrets",
  secrets: { LOG: "secret" }
}

describe("launchProject", () => {
  it("stands beside the compose file, with the worktree's variables first and the slot's last", () => {
    assert.strictEqual(ownEnvOf(input), input.ownEnv)
    assert.deepStrictEqual(launchProject(input, slot, true), {
      name: "shop-slot-2",
      directory: "/code/shop-impl-auth/deploy",
      files: ["/code/shop-impl-auth/deploy/compose.yml", `${slot.slot_dir}/docker-compose.override.yml`],
      envFiles: [input.ownEnv, input.secretsFile, `${slot.slot_dir}/.env.sandbox`],
      variables: { API_PORT: "8082", LOG: "secret", COMPOSE_PROJECT_NAME: "shop-slot-2" },
      profiles: ["dev"]
    })
  })

  it("is the user's file alone without the override, and names no file that is not there", () => {
    const plain = launchProject({ ...input, ownEnv: null, secretsFile: null, secrets: {} }, slot, false)
    assert.deepStrictEqual(plain.files, ["/code/shop-impl-auth/deploy/compose.yml"])
    assert.deepStrictEqual(plain.envFiles, [`${slot.slot_dir}/.env.sandbox`])
    assert.deepInclude(plain.variables, { API_PORT: "8082", LOG: "debug" })
  })
})
