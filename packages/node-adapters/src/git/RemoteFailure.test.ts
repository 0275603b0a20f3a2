import { assert, describe, it } from "@effect/vitest"
import { isNetworkTrouble, type RemoteEntry, remoteFailure } from "./RemoteFailure.ts"

const own: RemoteEntry = { hasCredentials: false, secret: null }

describe("a remote's failure", () => {
  const passing = [
    "fatal: unable to access 'https://example.org/x/': Could not resolve host: example.org",
    "ssh: Could not resolve hostname example.org: Temporary failure in name resolution\nfatal: Could not read from remote repository.",
    "fatal: unable to access 'https://example.org/x/': The requested URL returned error: 503",
    "fatal: unable to access 'https://example.org/x/': The requested URL returned error: 429",
    "fatal: unable to access 'https://example.org/x/': Failed to connect to example.org port 443: Connection refused",
    "ssh: connect to host example.org port 22: Connection timed out\nfatal: Could not read from remote repository.",
    "error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: early EOF",
    "fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF",
    "did not end within 10m and was stopped"
  ]
  const lasting = [
    "fatal: repository 'https://example.org/x/' not found",
    "remote: Repository not found.\nfatal: repository 'https://example.org/x/' not found",
    "fatal: unable to access 'https://example.org/x/': The requested URL returned error: 403",
    "fatal: Authentication failed for 'https://example.org/x/'",
    "fatal: could not read Username for 'https://example.org': terminal prompts disabled",
    "git@example.org: Permission denied (publickey).\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.",
    "Host key verification failed.\nfatal: the remote end hung up unexpectedly",
    "fatal: '/code/absent' does not appear to be a git repository\nfatal: Could not read from remote repository.",
    "fatal: unable to access 'https://example.org/x/': SSL certificate problem: self-signed certificate"
  ]

  it("is transient where the network or the server is in trouble, and lasting where it refuses", () => {
    for (const stderr of passing) assert.isTrue(isNetworkTrouble(stderr), stderr)
    for (const stderr of lasting) assert.isFalse(isNetworkTrouble(stderr), stderr)
  })

  it("is told in git's words, without its general advice", () => {
    const stderr = lasting[5] ?? ""
    const result = { exitCode: 128, stdout: "", stderr, output: stderr, timedOut: false, overflowed: false }
    const failure = remoteFailure("git@example.org:x", result, own)
    assert.strictEqual(
      failure.message,
      "git@example.org:x: the repository refused your own credentials: name a Secret in secretRef "
        + "(git@example.org: Permission denied (publickey).; Could not read from remote repository.)"
    )
    assert.strictEqual(remoteFailure("u", { ...result, stderr: "" }, own).message, "u: git ended with exit code 128")
    assert.isTrue(remoteFailure("u", { ...result, stderr: "", timedOut: true }, own).transient)
  })

  it("names the Secret whose credentials are refused, or says that one is needed", () => {
    const message = (stderr: string, entry: RemoteEntry) =>
      remoteFailure(
        "u",
        { exitCode: 128, stdout: "", stderr, output: stderr, timedOut: false, overflowed: false },
        entry
      )
        .message
    const asking = "fatal: could not read Username for 'https://example.org': terminal prompts disabled"
    const secret = { hasCredentials: true, secret: "git-credentials" }
    for (const stderr of [asking, ...lasting.slice(2, 4)]) {
      assert.include(
        message(stderr, secret),
        "u: the repository refused the credentials of the Secret \"git-credentials\" ("
      )
    }
    assert.include(
      message(asking, own),
      "u: the repository needs credentials and none are given: name a Secret in secretRef ("
    )
    assert.include(
      message(asking, { hasCredentials: true, secret: null }),
      "u: the repository refused the credentials in its URL ("
    )
    for (const stderr of [lasting[0] ?? "", lasting[6] ?? "", lasting[7] ?? "", ...passing]) {
      assert.notInclude(message(stderr, secret), "refused the credentials")
    }
  })
})
