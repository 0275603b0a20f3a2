import { bad, type BatchSample, core, resource } from "./BatchSample.ts"

/** What becomes of texts by their apiVersion and kind. */
export const kindSamples: ReadonlyArray<BatchSample> = [
  bad(
    "another kind alone",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n",
    "",
    "holds no resource of a batch: must have one of Batch, BatchRun, Task, WorkspaceConfig, ConfigMap, Secret, found Deployment/web"
  ),
  bad(
    "a mistyped group",
    resource("Task", "{contexts: []}").replace("task.io", "taks.io"),
    "apiVersion",
    "did you mean"
  ),
  bad("no group", resource("Task", "{contexts: []}").replace("kubetask.io/", ""), "apiVersion", "must be kubetask.io"),
  bad("CodeSweep's group", resource("Batch", "{}").replace("kubetask", "codesweep"), "apiVersion", "batch migrate"),
  bad("an unknown kind of this group", resource("Job", "{}"), "kind", "must be one of Batch, BatchRun, Task"),
  bad("a kind of Kubernetes mistyped", core("ConfgMap", ""), "kind", "did you mean ConfigMap?"),
  bad("another kind without apiVersion", "kind: Pod\n", "apiVersion", "is missing"),
  bad("a mistyped kind", resource("BatchRum", "{}"), "kind", "did you mean BatchRun?"),
  bad("no kind", "metadata: {name: a}\n", "kind", "is missing"),
  bad("a kind that is a list", "kind: []\n", "kind", "found a list"),
  bad("no apiVersion", "kind: Task\n", "apiVersion", "is missing: kubetask.io/v1alpha1"),
  bad("another version", resource("Task", "{contexts: []}").replace("v1alpha1", "v1"), "apiVersion", "found \"kubet"),
  bad("a ConfigMap of this group", resource("ConfigMap", "{}"), "apiVersion", "must be v1, found"),
  bad("a text", "hello\n", "", "must be a map with apiVersion, kind, metadata and spec, found a text"),
  bad("a list", "- a\n", "", "found a list")
]
