import { assert, describe, it } from "@effect/vitest"
import { composeFailure, composeWarnings } from "./ComposeOutput.ts"

const failure = (output: string) => composeFailure(output, "nothing was said").split("\n")

const taken =
  "Error response from daemon: driver failed programming external connectivity on endpoint shop-web-1 (e613): " +
  "Bind for 0.0.0.0:28081 failed: port is already allocated"

describe("composeFailure", () => {
  it("leaves out warnings and what went well before", () => {
    assert.deepStrictEqual(
      failure(`time="2026-11-21T06:15:20Z" level=warning msg="The \\"NOTSET\\" variable is not set."
 Network shop_default  Creating
 Network shop_default  Created
 Container shop-web-1  Creating
 Container shop-web-1  Created
 Container shop-web-1  Starting
${taken}
`),
      [taken]
    )
  })

  it("shows what a failed build step printed, once", () => {
    const step = "[web 2/2] RUN [\"/bin/busybox\",\"sh\",\"-c\",\"exit 3\"]"
    const summary = ["failed to solve: executor failed running [/bin/busybox sh -c exit 3]: exit code: 3"]
    const output = `#0 building with "default" instance using docker driver

#1 [web internal] load build definition from Dockerfile
#1 transferring dockerfile: 31B done
#1 DONE 0.0s

#4 [web 1/2] COPY busybox /bin/busybox
#4 CACHED

#5 ${step}
#5 0.158 hello out
#5 0.158 \u001b[31moh no\u001b[0m
#5 ERROR: executor failed running [/bin/busybox sh -c exit 3]: exit code: 3
------
 > ${step}:
0.158 hello out
0.158 \u001b[31moh no\u001b[0m
------
${summary[0]}
`
    assert.deepStrictEqual(failure(output), [` > ${step}:`, "hello out", "oh no", ...summary])
  })

  it("keeps what a build step printed when there is no summary", () => {
    assert.deepStrictEqual(failure("#5 0.158 oh no\n#5 1.2 really\n"), ["oh no", "really"])
  })

  it("tells a failed pull once", () => {
    const why = "Get \"https://registry.example/v2/\": dial tcp: lookup registry.example: no such host"
    const output =
      ` web Pulling \n 4abcdef01234 Pulling fs layer \n web Error ${why}\nError response from daemon: ${why}\n`
    assert.deepStrictEqual(failure(output), [`Error response from daemon: ${why}`])
  })

  it("keeps the reason of an unhealthy dependency", () => {
    assert.deepStrictEqual(
      failure(` Container shop-db-1  Waiting
 Container shop-db-1  Error
dependency failed to start: container shop-db-1 is unhealthy
`),
      ["dependency failed to start: container shop-db-1 is unhealthy"]
    )
  })

  it("takes the frame off the logger's errors, quoted or not", () => {
    assert.deepStrictEqual(failure("time=\"x\" level=error msg=\"can't \\\"do\\\" it\" code=3\n"), ["can't \"do\" it"])
    assert.deepStrictEqual(failure("time=\"x\" level=fatal msg=canceled\n"), ["canceled"])
    assert.deepStrictEqual(failure("time=\"x\" level=error msg=\"a\\x00b \\\"q\\\"\"\n"), ["a\\x00b \"q\""])
  })

  it("keeps sentences that only begin like progress", () => {
    const sentence = "service web: Error while reading the file: no such thing"
    assert.deepStrictEqual(failure(`${sentence}\n`), [sentence])
  })

  it("tells the last 20 lines, and never nothing", () => {
    const lines = Array.from({ length: 50 }, (_, index) => `line number ${index + 100}`)
    assert.deepStrictEqual(failure(lines.join("\n")), lines.slice(-20))
    assert.deepStrictEqual(failure(""), ["nothing was said"])
    assert.deepStrictEqual(failure(" Container a  Starting\n"), ["Container a  Starting"])
  })
})

describe("composeWarnings", () => {
  it("tells each once, whatever the time", () => {
    const warning = (second: number, text: string) => `time="2026-11-21T06:15:${second}Z" level=warning msg="${text}"\n`
    const unset = "The \\\"TAG\\\" variable is not set. Defaulting to a blank string."
    assert.deepStrictEqual(
      composeWarnings(
        warning(19, unset) + warning(20, unset) +
          warning(20, "/x.yml: the attribute `version` is obsolete, it will be ignored") + "anything else\n"
      ),
      ["The \"TAG\" variable is not set. Defaulting to a blank string."]
    )
  })
})
