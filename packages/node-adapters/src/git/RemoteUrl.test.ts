import { assert, describe, it } from "@effect/vitest"
import { originOf, remoteUrl } from "./RemoteUrl.ts"

describe("a remote's URL", () => {
  it("is told apart from the credentials in it", () => {
    assert.deepStrictEqual(remoteUrl("https://ada:to%40ken:x@example.org:8443/a@b.git"), {
      url: "https://example.org:8443/a@b.git",
      credentials: { _tag: "Basic", username: "ada", password: "to@ken:x" }
    })
    assert.deepStrictEqual(remoteUrl("http://100%@example.org/x"), {
      url: "http://example.org/x",
      credentials: { _tag: "Basic", username: "100%", password: "" }
    })
  })

  it("stays as it is where no credentials are in it", () => {
    for (
      const url of ["https://example.org/a@b.git", "git@example.org:x", "ssh://git@example.org/x", "/code/x@y", "x"]
    ) {
      assert.deepStrictEqual(remoteUrl(url), { url, credentials: null })
    }
  })

  it("has an origin on the web alone", () => {
    assert.strictEqual(originOf("https://example.org:8443/a/b.git"), "https://example.org:8443")
    assert.isNull(originOf("ssh://git@example.org/x"))
  })
})
