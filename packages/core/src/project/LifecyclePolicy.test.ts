import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { decodeInfraFile } from "./InfraFile.ts"
import { defaultLifecyclePolicy } from "./LifecyclePolicy.ts"

const decoded = (text: string) => {
  const result = decodeInfraFile(text, "infra.toml")
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

const faults = (text: string): ReadonlyArray<string> => {
  const result = decodeInfraFile(text, "infra.toml")
  assert.isTrue(Result.isFailure(result), "expected faults")
  return Result.isFailure(result) ? result.failure.message.split("\n") : []
}

describe("[lifecycle] of infra.toml", () => {
  const project = "[project]\nname = \"a\"\n"

  it("decodes every key", () => {
    const { config, warnings } = decoded(`${project}[lifecycle]
profile = "light"
waivable = ["design", "tasks", "qa-plan", "audit", "review", "audit"]
self_approval = false
merge = "merge-commit"
[lifecycle.approvers]
review = ["human"]
qa-results = ["agent", "human"]
[[lifecycle.gates]]
name = "test"
command = ["npm", "test"]
[[lifecycle.gates]]
name = "e2e-1.0_x"
phase = "qa"
command = ["make"]
timeout = 0.5
[lifecycle.deploy]
command = ["./deploy.sh", "--all"]
timeout = 600
`)
    assert.deepStrictEqual(warnings, [])
    assert.deepStrictEqual(config.lifecycle, {
      profile: "light",
      waivable: ["design", "tasks", "qa-plan", "audit", "review"],
      approvers: { ...defaultLifecyclePolicy.approvers, review: ["human"] },
      selfApproval: false,
      gates: [
        { name: "test", phase: "implementation", command: ["npm", "test"], timeout: 1800 },
        { name: "e2e-1.0_x", phase: "qa", command: ["make"], timeout: 0.5 }
      ],
      merge: "merge-commit",
      deploy: { command: ["./deploy.sh", "--all"], timeout: 600 }
    })
  })

  it("has a default for every key, also where the table is there", () => {
    assert.deepStrictEqual(
      decoded(`${project}[lifecycle]\n[lifecycle.approvers]`).config.lifecycle,
      defaultLifecyclePolicy
    )
    const { lifecycle } = decoded(`${project}[lifecycle.deploy]\ncommand = ["make", "deploy"]`).config
    assert.deepStrictEqual(lifecycle, {
      ...defaultLifecyclePolicy,
      deploy: { command: ["make", "deploy"], timeout: 1800 }
    })
    assert.deepStrictEqual(decoded(`${project}[lifecycle]\nwaivable = []`).config.lifecycle.waivable, [])
  })

  it("the light profile is content with what may be waived by default", () => {
    const { lifecycle } = decoded(`${project}[lifecycle]\nprofile = "light"`).config
    assert.deepStrictEqual(lifecycle, { ...defaultLifecyclePolicy, profile: "light" })
  })

  it("tells all faults at once, with lines, in the order of the file", () =>
    assert.deepStrictEqual(
      faults(`${project}[lifecycle]
profile = "lite"
waivable = ["spec", "desing"]
self_approval = "no"
merge = "squash"
[lifecycle.approvers]
review = []
reveiw = ["human"]
audit = ["robot"]
[[lifecycle.gates]]
name = "test"
command = "npm test"
[[lifecycle.gates]]
name = "Test"
phase = "deploy"
command = ["npm test"]
[[lifecycle.gates]]
name = "../x"
command = []
timeout = 0
[[lifecycle.gates]]
command = ["", "x"]
[lifecycle.deploy]
timeout = 100000
`),
      [
        "infra.toml:4: lifecycle.profile: expected one of \"standard\", \"light\", found \"lite\"",
        "infra.toml:5: lifecycle.waivable[1]: expected one of \"spec\", \"design\", \"tasks\", \"qa-plan\", \"review\", "
        + "\"audit\", \"qa-results\", found \"desing\"",
        "infra.toml:6: lifecycle.self_approval: expected true or false, found \"no\"",
        "infra.toml:7: lifecycle.merge: expected one of \"fast-forward-or-commit\", \"merge-commit\", "
        + "\"fast-forward-only\", found \"squash\"",
        "infra.toml:9: lifecycle.approvers.review: expected somebody: \"agent\", \"human\" or both, found an empty list",
        "infra.toml:10: lifecycle.approvers.reveiw: expected an artifact: spec, design, tasks, qa-plan, review, audit, "
        + "qa-results, found \"reveiw\"; did you mean review?",
        "infra.toml:11: lifecycle.approvers.audit[0]: expected one of \"agent\", \"human\", found \"robot\"",
        "infra.toml:14: lifecycle.gates[0].command: expected an argument list such as [\"npm\", \"test\"], found "
        + "\"npm test\"",
        "infra.toml:16: lifecycle.gates[1].name: expected a name that no other gate has, in any case, found \"Test\"",
        "infra.toml:17: lifecycle.gates[1].phase: expected one of \"implementation\", \"review\", \"audit\", \"qa\", "
        + "\"merge\", found \"deploy\"",
        "infra.toml:18: lifecycle.gates[1].command: expected an argument list such as [\"npm\", \"test\"], found a list",
        "infra.toml:20: lifecycle.gates[2].name: expected a name of 1 to 64 letters, digits, ., _ and -, not beginning "
        + "with . or -, found \"../x\"",
        "infra.toml:21: lifecycle.gates[2].command: expected an argument list such as [\"npm\", \"test\"], found "
        + "an empty list",
        "infra.toml:22: lifecycle.gates[2].timeout: expected a number of seconds above 0, at most 86400, found 0",
        "infra.toml:23: lifecycle.gates[3].name: expected a name of 1 to 64 letters, digits, ., _ and -, not beginning "
        + "with . or -, but it is missing",
        "infra.toml:24: lifecycle.gates[3].command[0]: expected the name of a program, found \"\"",
        "infra.toml:25: lifecycle.deploy.command: expected an argument list such as [\"npm\", \"test\"], but it is missing",
        "infra.toml:26: lifecycle.deploy.timeout: expected a number of seconds above 0, at most 86400, found 100000"
      ]
    ))

  it.each([
    [
      "[lifecycle]\ngates = 3",
      /:4: lifecycle\.gates: expected a list of tables, each \[\[lifecycle\.gates\]\], found 3/u
    ],
    ["[lifecycle.gates]\nname = \"x\"", /:3: lifecycle\.gates: expected a list of tables, .*, found a table/u],
    ["[lifecycle]\ngates = [3]", /:4: lifecycle\.gates\[0\]: expected a table, found 3/u],
    ["[lifecycle]\ndeploy = \"make\"", /:4: lifecycle\.deploy: expected a table, found "make"/u],
    ["[lifecycle]\nwaivable = \"spec\"", /:4: lifecycle\.waivable: expected a list, found "spec"/u],
    [
      "[lifecycle]\nprofile = \"light\"\nwaivable = [\"spec\", \"design\"]",
      /:5: lifecycle\.waivable: expected all that profile = "light" waives: .*, found a list without tasks, qa-plan, audit/u
    ]
  ])("refuses %s", (text, message) => assert.match(faults(`${project}${text}`).join("\n"), message))

  it("keeps what it does not know, also in a gate", () =>
    assert.deepStrictEqual(
      decoded(`${project}[lifecycle]\nprofil = 1\n[[lifecycle.gates]]\nname = "a"\ncommand = ["a"]\ntimout = 1`)
        .warnings,
      [
        "infra.toml:4: unknown key lifecycle.profil is left alone; did you mean profile?",
        "infra.toml:8: unknown key lifecycle.gates[0].timout is left alone; did you mean timeout?"
      ]
    ))
})
