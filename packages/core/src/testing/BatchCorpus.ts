import {
  bad,
  type BatchSample,
  blank,
  config,
  core,
  file,
  good,
  lenient,
  named,
  place,
  repository,
  resource,
  run,
  tasks,
  taskWith,
  variable
} from "./BatchSample.ts"
import { kindSamples } from "./KindSamples.ts"

const fileName = "spec.contexts[0].file.name"
const fileSource = "spec.contexts[0].file.source"
const repo = "spec.contexts[0].repository"

const names: ReadonlyArray<BatchSample> = [
  good("a run's name of 54 letters", named("BatchRun", `{name: ${"r".repeat(54)}}`)),
  bad("a run's name of 55 letters", named("BatchRun", `{name: ${"r".repeat(55)}}`), "metadata.name", "at most 54"),
  good("a task's name of 63 letters", named("Task", `{name: ${"t".repeat(63)}}`)),
  bad("a task's name of 64 letters", named("Task", `{name: ${"t".repeat(64)}}`), "metadata.name", "at most 63"),
  good("a generated name", named("BatchRun", "{generateName: update-deps-}")),
  bad(
    "a generated name that gets too long",
    named("BatchRun", `{generateName: ${"r".repeat(50)}}`),
    "metadata.generateName",
    "at most 49"
  ),
  bad("no name", named("Task", "{labels: {}}"), "metadata", "name or generateName"),
  bad("an empty name", named("Task", "{name: \"\"}"), "metadata.name", "found an empty text"),
  bad("a name with capitals", named("Task", "{name: Fix}"), "metadata.name", "found \"Fix\""),
  bad("a name with an underscore", named("Task", "{name: a_b}"), "metadata.name", "lower-case"),
  bad("a name with a dash at its end", named("Task", "{name: a-}"), "metadata.name", "beginning and ending"),
  bad("a run's name with a dot", named("BatchRun", "{name: a.b}"), "metadata.name", "found \"a.b\""),
  good("a WorkspaceConfig's name with dots", resource("WorkspaceConfig", "{}", "{name: a.b-c.d}")),
  bad("two dots in a name", resource("WorkspaceConfig", "{}", "{name: a..b}"), "metadata.name", "each part"),
  bad("a name that is a number", named("Task", "{name: 7}"), "metadata.name", "quotes make it one"),
  bad("a namespace with a dot", named("Task", "{name: a, namespace: a.b}"), "metadata.namespace", "found \"a.b\""),
  good("labels", named("Task", "{name: a, labels: {team: platform, kubetask.io/x: \"\", jira: PROJ-1234}}")),
  good("annotations", named("Task", "{name: a, annotations: {example.org/why: \"any text, even long\"}}")),
  bad("a label with a space", named("Task", "{name: a, labels: {team: a b}}"), "metadata.labels.team", "at most 63"),
  bad("a label of 64", named("Task", `{name: a, labels: {t: ${"x".repeat(64)}}}`), "metadata.labels.t", "at most 63"),
  bad("a label's key with !", named("Task", "{name: a, labels: {t!: b}}"), "metadata.labels[\"t!\"]", "the key must"),
  bad("a label that is a number", named("Task", "{name: a, labels: {t: 1}}"), "metadata.labels.t", "quotes make it"),
  lenient("a mistyped field of metadata", named("Task", "{name: a, lables: {}}"), "metadata.lables", "mean labels?"),
  good(
    "what a cluster adds",
    named("Task", "{name: a, generation: 1, creationTimestamp: null, labels: null, finalizers: [x.io/y]}")
  )
]

const files: ReadonlyArray<BatchSample> = [
  good("a file in a folder", file("docs/guide.md")),
  good("a hidden file", file(".github/workflows/ci.yml")),
  good("a file name with spaces and letters of any language", file("\"über uns.md\"")),
  bad("an absolute file name", file("/etc/passwd"), fileName, "must be relative"),
  bad("a file name that leaves the workspace", file("../x"), fileName, "found \"../x\""),
  bad("a file name that leaves a folder", file("a/../../x"), fileName, "without empty, . and .. parts"),
  bad("a file name with an empty part", file("a//b"), fileName, "found \"a//b\""),
  bad("a file name that is a folder", file("a/"), fileName, "found \"a/\""),
  bad("a file name with a part .", file("./a"), fileName, "found \"./a\""),
  bad("a file name that is .", file("."), fileName, "found \".\""),
  bad("an empty file name", file("\"\""), fileName, "found an empty text"),
  bad("a drive", file("\"C:/x\""), fileName, "found \"C:/x\""),
  bad("a backslash", file("a\\b"), fileName, "control characters"),
  bad("a NUL in a file name", file("\"a\\0b\""), fileName, "control characters"),
  bad("a line break in a file name", file("\"a\\nb\""), fileName, "control characters"),
  bad("git's own folder", file(".git/config"), fileName, "outside of .git folders"),
  bad("git's own folder in capitals", file("a/.GIT/hooks/x"), fileName, "outside of .git folders"),
  bad("a file name of 1,025 characters", file(Array(6).fill("x".repeat(200)).join("/")), fileName, "at most 1024"),
  good("a part of 255 characters", file("x".repeat(255))),
  bad("a part of 256 characters", file("x".repeat(256)), fileName, "must be of parts of at most 255 characters each"),
  bad("a file name that is a number", file("5"), fileName, "must be a text, found 5"),
  blank("an empty inline text", file("a", "{inline: \"\"}")),
  good("a key of a ConfigMap", file("a", "{configMapKeyRef: {name: guides.v1, key: A_b-c.md}}")),
  good("a key of a Secret", file("a", "{secretKeyRef: {name: s, key: .k}}")),
  bad("no source", file("a", "{}"), fileSource, "exactly one of inline, configMapKeyRef or secretKeyRef"),
  bad(
    "two sources",
    file("a", "{inline: a, secretKeyRef: {name: s, key: k}}"),
    fileSource,
    "found inline and secretKeyRef"
  ),
  bad("a source that is a text", file("a", "text"), fileSource, "must be a map"),
  bad("an inline text that is a number", file("a", "{inline: 1}"), `${fileSource}.inline`, "must be a text"),
  bad("an inline text that is null", file("a", "{inline: null}"), `${fileSource}.inline`, "found nothing"),
  bad("a mistyped source", file("a", "{inlin: x}"), `${fileSource}.inlin`, "did you mean inline?"),
  bad(
    "a reference without key",
    file("a", "{configMapKeyRef: {name: a}}"),
    `${fileSource}.configMapKeyRef.key`,
    "miss"
  ),
  bad("a reference without name", file("a", "{secretKeyRef: {key: a}}"), `${fileSource}.secretKeyRef.name`, "missing"),
  bad(
    "a key with a slash",
    file("a", "{secretKeyRef: {name: a, key: a/b}}"),
    `${fileSource}.secretKeyRef.key`,
    "found \"a/b\""
  ),
  bad(
    "a key that leaves the folder",
    file("a", "{secretKeyRef: {name: a, key: ..}}"),
    `${fileSource}.secretKeyRef.key`,
    "begins with .."
  ),
  bad(
    "a name of a Secret with capitals",
    file("a", "{secretKeyRef: {name: A, key: a}}"),
    `${fileSource}.secretKeyRef.name`,
    "lower-case"
  ),
  bad("an inline text over 1 MiB", file("a", `{inline: ${"x".repeat(1_048_577)}}`), `${fileSource}.inline`, "1 MiB")
]

const contexts: ReadonlyArray<BatchSample> = [
  bad("an unknown type", taskWith("{type: Flie}"), "spec.contexts[0].type", "did you mean File?"),
  bad("no type", taskWith("{file: {}}"), "spec.contexts[0].type", "is missing: one of File, Repository"),
  bad("a type without its field", taskWith("{type: File}"), "spec.contexts[0].file", "is missing"),
  bad(
    "a field of another type",
    taskWith("{type: File, repository: {org: a, repo: b, branch: c}}"),
    "spec.contexts[0].repository",
    "goes with type Repository alone"
  ),
  bad(
    "both fields",
    taskWith(
      "{type: File, file: {name: a, source: {inline: a}}, repository: {org: a, repo: b, branch: c}}"
    ),
    "spec.contexts[0].repository",
    "goes with type Repository alone"
  ),
  bad("a context that is a text", taskWith("x"), "spec.contexts[0]", "must be a map"),
  bad("contexts that are a map", resource("Task", "{contexts: {}}"), "spec.contexts", "a list of contexts"),
  bad("no contexts", resource("Task", "{}"), "spec.contexts", "is missing"),
  bad("no spec", "apiVersion: kubetask.io/v1alpha1\nkind: Task\nmetadata: {name: a}\n", "spec", "is missing"),
  bad("a spec that is a text", resource("Task", "x"), "spec", "must be a map"),
  lenient(
    "an unknown field",
    resource("Task", "{contexts: [], context: []}"),
    "spec.context",
    "did you mean contexts?"
  ),
  bad(
    "a WorkspaceConfig's name with a space",
    resource("Task", "{contexts: [], workspaceConfigRef: a b}"),
    "spec.workspaceConfigRef",
    "found \"a b\""
  )
]

const repositories: ReadonlyArray<BatchSample> = [
  good("groups in groups", place("group/sub.group", ".github", "feature/x_1.0")),
  bad("an organisation with a space", place("my org", "a", "b"), `${repo}.org`, "found \"my org\""),
  bad("an empty organisation", place("\"\"", "a", "b"), `${repo}.org`, "found an empty text"),
  bad("an organisation that leaves the host", place("a/..", "a", "b"), `${repo}.org`, "no part beginning"),
  bad("a repository that is an option", place("a", "-x", "b"), `${repo}.repo`, "not beginning with -"),
  bad("a repository that is ..", place("a", "..", "b"), `${repo}.repo`, "none of ., .. and .git"),
  bad("a repository with a slash", place("a", "b/c", "b"), `${repo}.repo`, "found \"b/c\""),
  ...[
    "-x",
    "a..b",
    "a b",
    "a~1",
    "/a",
    "a/",
    "a//b",
    ".a",
    "a/.b",
    "a.lock",
    "a.lock/b",
    "a@{1}",
    "@",
    "a^",
    "a:b",
    "\\b"
  ]
    .map((branch) =>
      bad(
        `a branch ${branch}`,
        place("a", "b", JSON.stringify(branch)),
        `${repo}.branch`,
        "a name that git takes for a branch"
      )
    ),
  bad("an empty branch", place("a", "b", "\"\""), `${repo}.branch`, "found an empty text"),
  bad("a branch that is a number", place("a", "b", "1.5"), `${repo}.branch`, "quotes make it one"),
  bad("no branch", taskWith("{type: Repository, repository: {org: a, repo: b}}"), `${repo}.branch`, "is missing"),
  ...[
    "https://github.com/org/repo.git",
    "http://localhost:3000/org/repo",
    "ssh://git@github.com:22/org/repo.git",
    "git://host.example/repo.git",
    "file:///code/my repo.git",
    "git@github.com:org/repo.git",
    "host:path/to/repo",
    "https://[::1]:8080/repo"
  ].map((url) => good(`a URL ${url}`, repository(`url: ${JSON.stringify(url)}`))),
  ...[
    "ext::sh -c x",
    "-oProxyCommand=x",
    "--upload-pack=x",
    "ssh://-oProxyCommand=x/y",
    "ssh://host",
    "https://",
    "https:///repo",
    "host:-x",
    "-host:x",
    "fd::3",
    "/code/repo.git",
    "../repo.git",
    "https://host/a b",
    "https://host/a\nb",
    ""
  ].map((url) => bad(`a URL ${url}`, repository(`url: ${JSON.stringify(url)}`), `${repo}.url`, "an address of a repo")),
  ...["https://user:word@host/x", "https://token@host/x", "ssh://git:word@host/x"].map((url) =>
    bad(`a URL ${url}`, repository(`url: "${url}"`), `${repo}.url`, "without a user name or a password")
  ),
  good("a commit", repository(`commit: ${"a1".repeat(20)}`)),
  good("a commit of SHA-256", repository(`commit: ${"a1".repeat(32)}`)),
  bad("an abbreviated commit", repository("commit: abc1234"), `${repo}.commit`, "40 or 64"),
  bad("a commit with other letters", repository(`commit: ${"g".repeat(40)}`), `${repo}.commit`, "hexadecimal"),
  good("the workspace itself as path", repository("path: .")),
  good("a path", repository("path: src/service-a")),
  bad("an absolute path", repository("path: /src"), `${repo}.path`, "must be relative"),
  bad("a path that leaves the workspace", repository("path: a/.."), `${repo}.path`, "must be relative"),
  bad("a path with a part .", repository("path: ./a"), `${repo}.path`, "must be relative"),
  bad("a path in git's folder", repository("path: a/.git"), `${repo}.path`, "outside of .git"),
  good("a depth", repository("depth: 1")),
  bad("a depth of 0", repository("depth: 0"), `${repo}.depth`, "at least 1, found 0"),
  bad("a depth that is a fraction", repository("depth: 1.5"), `${repo}.depth`, "whole number"),
  bad("a depth that is a text", repository("depth: \"1\""), `${repo}.depth`, "found \"1\""),
  good("a Secret for git", repository("secretRef: {name: git-credentials}")),
  bad("a Secret for git without name", repository("secretRef: {}"), `${repo}.secretRef.name`, "is missing"),
  lenient("a mistyped field of a repository", repository("brnch: x"), `${repo}.brnch`, "did you mean branch?")
]

const batches: ReadonlyArray<BatchSample> = [
  good("1,000 tasks", tasks(1000)),
  bad(
    "1,001 tasks",
    tasks(1001),
    "spec.variableContexts",
    "1 to 1000 tasks, each a list of contexts, found a list of 1001"
  ),
  bad("no tasks", tasks(0), "spec.variableContexts", "found an empty list"),
  bad("no commonContext", resource("Batch", "{variableContexts: [[]]}"), "spec.commonContext", "[] for nothing"),
  bad("no variableContexts", resource("Batch", "{commonContext: []}"), "spec.variableContexts", "is missing"),
  bad(
    "a task that is no list",
    resource("Batch", "{commonContext: [], variableContexts: [{type: File}]}"),
    "spec.variableContexts[0]",
    "a list of contexts, found a map"
  ),
  bad("a Batch's name of 64 letters", tasks(1).replace("sample", "b".repeat(64)), "metadata.name", "at most 63")
]

const spans: ReadonlyArray<BatchSample> = [
  ...["90", "90s", "5m", "1h30m", "1h0m5s", "\"90\""].map((span) => good(`a timeout ${span}`, run(`timeout: ${span}`))),
  ...["0", "-5", "0s", "0h0m", "\"\"", "1.5h", "1d", "5x", "1m1h", "1.5", "soon", "[]", "100000000", "true"].map((
    span
  ) => bad(`a timeout ${span}`, run(`timeout: ${span}`), "spec.timeout", "a time span above 0")),
  bad("a timeout of tasks", run("taskTimeout: 0"), "spec.taskTimeout", "a time span above 0")
]

const runs: ReadonlyArray<BatchSample> = [
  good("an inline batch", resource("BatchRun", "{batchSpec: {commonContext: [], variableContexts: [[]]}}")),
  good(
    "all of a run's fields",
    run(
      "workspaceConfigRef: x, maxParallel: 1000, maxFailures: 0, failFast: true, suspend: false, cancel: false, "
        + "ttlSecondsAfterFinished: 0, retry: 10, publish: draft"
    )
  ),
  bad("a run of nothing", resource("BatchRun", "{}"), "spec", "exactly one of batchRef or batchSpec"),
  bad(
    "a run of two batches",
    run("batchSpec: {commonContext: [], variableContexts: [[]]}"),
    "spec",
    "found batchRef and batchSpec"
  ),
  bad("maxParallel 0", run("maxParallel: 0"), "spec.maxParallel", "from 1 to 1000, found 0"),
  bad("maxParallel 1001", run("maxParallel: 1001"), "spec.maxParallel", "from 1 to 1000"),
  bad("maxParallel as a text", run("maxParallel: many"), "spec.maxParallel", "found \"many\""),
  ...["0", "7", "0%", "10%", "100%"].map((share) => good(`maxFailures ${share}`, run(`maxFailures: ${share}`))),
  ...["-1", "101%", "-1%", "1.5", "1.5%", "\"5\"", "\"%\"", "010%"].map((share) =>
    bad(`maxFailures ${share}`, run(`maxFailures: ${share}`), "spec.maxFailures", "from 0% to 100%")
  ),
  bad("failFast as a text", run("failFast: \"yes\""), "spec.failFast", "true or false"),
  bad("retry 11", run("retry: 11"), "spec.retry", "from 0 to 10"),
  bad("retry -1", run("retry: -1"), "spec.retry", "from 0 to 10"),
  bad("a negative time to live", run("ttlSecondsAfterFinished: -1"), "spec.ttlSecondsAfterFinished", "seconds from 0"),
  bad("an unknown way to publish", run("publish: drafts"), "spec.publish", "one of never, branch, draft, ready"),
  bad("a batchRef with capitals", resource("BatchRun", "{batchRef: A}"), "spec.batchRef", "lower-case"),
  lenient("a field in other letters", run("maxparallel: 5"), "spec.maxparallel", "did you mean maxParallel?"),
  good("a status", `${run("")}status: {phase: Running, anything: [1]}\n`)
]

const configs: ReadonlyArray<BatchSample> = [
  good("all defaults", config("")),
  good(
    "all of a WorkspaceConfig's fields",
    config(
      "agentImage: \"localhost:5000/a/b@sha256:abc\", command: [claude, -p], env: [{name: A, value: b}], "
        + "serviceAccountName: sa, resources: {limits: {cpu: 500m, memory: 1Gi, nvidia.com/gpu: 1}, requests: {cpu: \"1e3\"}}, "
        + "nodeSelector: {disk: ssd}, tolerations: [{key: a, operator: Exists, effect: NoSchedule}], maxParallel: 5"
    )
  ),
  blank("a variable that is empty", variable("name: A, value: \"\"")),
  good("a preset", config("command: claude")),
  bad("an empty command", config("command: []"), "spec.command", "found an empty list"),
  bad("a blank command", config("command: \" \""), "spec.command", "not empty"),
  lenient("a command without program", config("command: [\"\"]"), "spec.command", "not empty"),
  lenient("a command with NUL", config("command: \"a\\0b\""), "spec.command", "without NUL"),
  lenient("a command that is a number", config("command: 5"), "spec.command", "must be a text, or a list"),
  lenient("a command with a number", config("command: [sleep, 5]"), "spec.command", "must be a text, or a list"),
  bad("an image with a space", config("agentImage: a b"), "spec.agentImage", "a reference of an image"),
  bad("an image that is an option", config("agentImage: -x"), "spec.agentImage", "a reference of an image"),
  bad("a variable without name", variable("value: a"), "spec.env[0].name", "is missing"),
  bad("a variable with a dash", variable("name: a-b"), "spec.env[0].name", "letters, digits and _"),
  bad("a variable of Slipway's own", variable("name: WORKSPACE_DIR"), "spec.env[0].name", "which Slipway sets itself"),
  bad(
    "two values",
    variable("name: A, value: a, valueFrom: {secretKeyRef: {name: a, key: b}}"),
    "spec.env[0]",
    "at most one of value or valueFrom"
  ),
  bad("a value from nowhere", variable("name: A, valueFrom: {}"), "spec.env[0].valueFrom", "exactly one of"),
  bad("a value that is a number", variable("name: A, value: 5"), "spec.env[0].value", "found a number"),
  bad("an unknown quantity", config("resources: {limits: {cpu: lots}}"), "spec.resources.limits.cpu", "a quantity"),
  bad("a fraction", config("resources: {limits: {cpu: 0.5}}"), "spec.resources.limits.cpu", "found 0.5"),
  lenient("a node's label with !", config("nodeSelector: {a!: b}"), "spec.nodeSelector[\"a!\"]", "the key must"),
  bad("an effect", config("tolerations: [{effect: Never}]"), "spec.tolerations[0].effect", "one of NoSchedule")
]

const values: ReadonlyArray<BatchSample> = [
  good("a ConfigMap", core("ConfigMap", "data: {a.md: text}\nbinaryData: {b: AAEC}")),
  good("a Secret", core("Secret", "type: Opaque\ndata: {token: Z2VoZWlt}\nstringData: {b: text}\nimmutable: true")),
  good("values that are null", core("ConfigMap", "data: null")),
  bad("a value of a ConfigMap that is a number", core("ConfigMap", "data: {a: 5}"), "data.a", "quotes make it one"),
  bad("a ConfigMap's key with a slash", core("ConfigMap", "data: {a/b: c}"), "data[\"a/b\"]", "the key must be"),
  bad("a Secret's key with a slash", core("Secret", "stringData: {a/b: c}"), "stringData[\"a/b\"]", "the key must be"),
  good("a key of 253 letters", core("ConfigMap", `data: {${"k".repeat(253)}: c}`)),
  bad(
    "a key of 254 letters",
    core("Secret", `data: {${"k".repeat(254)}: Yw==}`),
    `data["${"k".repeat(60)}"…]`,
    "at most 253 letters"
  ),
  bad("no base64", core("ConfigMap", "binaryData: {a: geheim!}"), "binaryData.a", "base64"),
  bad("base64 without padding", core("Secret", "data: {a: Z2V}"), "data.a", "must be base64, with padding"),
  bad("a value of a Secret that is a number", core("Secret", "stringData: {a: 5}"), "stringData.a", "found a number"),
  lenient("a mistyped field", core("Secret", "stringdata: {a: b}"), "stringdata", "did you mean stringData?")
]

/** Texts of one resource each: at least one that is taken and one that is refused for each rule. */
export const batchCorpus: ReadonlyArray<BatchSample> = [
  ...kindSamples,
  ...names,
  ...contexts,
  ...files,
  ...repositories,
  ...batches,
  ...runs,
  ...spans,
  ...configs,
  ...values
]
