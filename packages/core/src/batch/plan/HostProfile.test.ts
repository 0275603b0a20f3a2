import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { hostTemplate, repositoryUrl } from "./HostProfile.ts"

const shop = { org: "myorg", repo: "shop", branch: "main" }
const refusal = (host: string): string => Result.getOrThrow(Result.flip(hostTemplate(host)))

describe("hostTemplate", () => {
  it.each([
    ["github", "https://github.com/myorg/shop.git"],
    ["github-ssh", "git@github.com:myorg/shop.git"],
    ["gitlab", "https://gitlab.com/myorg/shop.git"],
    ["gitlab-ssh", "git@gitlab.com:myorg/shop.git"],
    ["bitbucket", "https://bitbucket.org/myorg/shop.git"],
    ["https://git.example.com:8443/{org}/{repo}", "https://git.example.com:8443/myorg/shop"],
    ["https://{org}@dev.azure.com/{org}/_git/{repo}", "https://myorg@dev.azure.com/myorg/_git/shop"],
    ["ssh://git@git.example.com/{org}/{repo}.git", "ssh://git@git.example.com/myorg/shop.git"],
    ["git@git.example.com:{org}/{repo}.git", "git@git.example.com:myorg/shop.git"],
    ["/srv/git/{org}/{repo}.git", "/srv/git/myorg/shop.git"],
    ["file:///srv/git/{org}-{repo}", "file:///srv/git/myorg-shop"]
  ])("%s makes %s", (host, url) => assert.strictEqual(repositoryUrl(shop, Result.getOrThrow(hostTemplate(host))), url))

  it.each([
    ["githib", "unknown host \"githib\"; did you mean github?"],
    [
      "forge",
      "unknown host \"forge\"; known are github, github-ssh, gitlab, gitlab-ssh, bitbucket, or a URL with {org} and {repo}"
    ],
    ["toString", "unknown host \"toString\""],
    ["", "unknown host \"\""],
    ["https://example.com/{repo}", "must have {org} in it"],
    ["https://example.com/", "must have {org} and {repo} in it"],
    ["https://example.com/{org}/{repo}/{branch}", "knows {org} and {repo} alone, found \"{branch}\""],
    ["../{org}/{repo}", "must be a URL or an absolute path"]
  ])("refuses %j", (host, reason) => assert.include(refusal(host), reason))

  it("refuses a password, and does not tell it", () => {
    const reason = refusal("https://ada:hush-1@example.com/{org}/{repo}")
    assert.include(reason, "must hold no user name or password")
    assert.notInclude(reason, "hush-1")
    assert.notInclude(refusal("https://hush-1@example.com/{org}/{repo}"), "hush-1")
  })
})

describe("repositoryUrl", () => {
  it("is the repository's own where it has one", () =>
    assert.strictEqual(repositoryUrl({ ...shop, url: "/srv/shop" }, "x/{org}/{repo}"), "/srv/shop"))

  it("puts names in as they are", () =>
    assert.strictEqual(
      repositoryUrl({ org: "{repo}", repo: "$&", branch: "main" }, "https://x/{org}/{repo}"),
      "https://x/{repo}/$&"
    ))
})
