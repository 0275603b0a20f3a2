import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { isVariableName } from "../project/ProjectName.ts"
import { readComposeText } from "./ComposeText.ts"
import { proposePortVariables } from "./PortVariables.ts"

const propose = (
  services: Readonly<Record<string, ReadonlyArray<string>>>,
  options: {
    readonly project?: string
    readonly present?: Readonly<Record<string, number>>
    readonly environment?: Readonly<Record<string, string>>
    readonly taken?: ReadonlyArray<string>
  } = {}
) => {
  const entries = Object.entries(services).map(([name, ports]) => [name, { image: name, ports }])
  const text = JSON.stringify({ services: Object.fromEntries(entries) })
  return proposePortVariables({
    project: "shop",
    services: Result.getOrThrow(readComposeText(text)).services,
    present: {},
    environment: {},
    taken: [],
    ...options
  })
}

describe("proposePortVariables", () => {
  it("never lets two ports share a name", () =>
    assert.deepStrictEqual(propose({ web: ["80:80", "8080:80", "443:443"], db: ["5432:5432"], shop: ["1:1"] }), {
      SHOP_WEB_PORT_80: 80,
      SHOP_WEB_PORT_80_2: 8080,
      SHOP_WEB_PORT_443: 443,
      SHOP_DB_PORT: 5432,
      SHOP_PORT: 1
    }))

  it("has one variable for one number, whatever the protocol and address", () =>
    assert.deepStrictEqual(propose({ dns: ["53:53/tcp", "53:53/udp", "127.0.0.1:53:54"] }), { SHOP_DNS_PORT: 53 }))

  it("takes variables over from the compose file and its .env file", () =>
    assert.deepStrictEqual(
      propose({ web: ["${WEB:-8080}:80", "$ADMIN:81", "${NONE}:82", "9000:90"] }, { environment: { ADMIN: "8081" } }),
      { WEB: 8080, ADMIN: 8081, SHOP_WEB_PORT_90: 9000 }
    ))

  it("keeps present names, and avoids names that mean something else", () =>
    assert.deepStrictEqual(
      propose({ web: ["8080:80"], db: ["5432:5432"] }, { present: { API: 8080, GONE: 7 }, taken: ["SHOP_DB_PORT"] }),
      { API: 8080, GONE: 7, SHOP_DB_PORT_2: 5432 }
    ))

  it("names every port of a range, but not of a wide one, and the first of one for a single port", () =>
    assert.deepStrictEqual(propose({ a: ["3000-3001:4000-4001"], b: ["5000-5009:80"], c: ["6000-6999:6000-6999"] }), {
      SHOP_A_PORT_4000: 3000,
      SHOP_A_PORT_4001: 3001,
      SHOP_B_PORT: 5000
    }))

  it("makes names that shells accept of any names", () =>
    assert.deepStrictEqual(propose({ "3-web.app": ["80:80"], "my-app-db": ["81:81"] }, { project: "@acme/My.App" }), {
      ACME_MY_APP_3_WEB_APP_PORT: 80,
      ACME_MY_APP_MY_APP_DB_PORT: 81
    }))

  const Port = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65535 }))
  it.effect.prop(
    "gives each number a name of its own that shells accept",
    {
      project: Schema.String,
      services: Schema.Record(Schema.String.check(Schema.isMaxLength(4)), Schema.Array(Schema.Tuple([Port, Port])))
    },
    ({ project, services }) =>
      Effect.sync(() => {
        const named = Object.fromEntries(
          Object.entries({ ...services, web: [[80, 80] as const] }).map(([name, ports]) =>
            [`s${name.replaceAll(/[^\w.-]/gu, "-")}`, ports.map(([host, target]) => `${host}:${target}`)] as const
          )
        )
        const ports = propose(named, { project })
        assert.isTrue(Object.keys(ports).every(isVariableName))
        const numbers = Object.values(named).flat().map((port) => Number(port.split(":")[0]))
        assert.sameMembers(Object.values(ports), [...new Set(numbers)])
      })
  )
})
