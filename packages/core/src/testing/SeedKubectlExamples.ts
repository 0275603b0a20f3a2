import type { SeedExample } from "./SeedExample.ts"

/** The rest of the seed's examples: those in commands, and its complete ones. */
export const seedKubectlExamples: ReadonlyArray<SeedExample> = [
  {
    kinds: ["WorkspaceConfig", "WorkspaceConfig"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: WorkspaceConfig
metadata:
  name: claude-workspace
  namespace: team-platform
spec:
  agentImage: quay.io/myorg/claude-agent:v1.0
---
apiVersion: kubetask.io/v1alpha1
kind: WorkspaceConfig
metadata:
  name: gemini-workspace
  namespace: team-platform
spec:
  agentImage: quay.io/myorg/gemini-agent:v1.0
`
  },
  {
    kinds: ["Task"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: Task
metadata:
  name: task-with-claude
  namespace: team-platform
spec:
  workspaceConfigRef: claude-workspace
  contexts:
    - type: Repository
      repository: {org: myorg, repo: service-a, branch: main}
`
  },
  {
    kinds: ["Task"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: Task
metadata:
  name: task-with-gemini
  namespace: team-platform
spec:
  workspaceConfigRef: gemini-workspace
  contexts:
    - type: Repository
      repository: {org: myorg, repo: service-b, branch: main}
`
  },
  {
    kinds: ["Batch", "BatchRun"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: Batch
metadata:
  name: update-with-gemini
  namespace: team-platform
spec:
  workspaceConfigRef: gemini-workspace  # Use Gemini for this batch
  commonContext:
    - type: File
      file:
        name: task.md
        source:
          inline: "Update dependencies"
  variableContexts:
    - [{type: Repository, repository: {org: myorg, repo: service-a, branch: main}}]
---
apiVersion: kubetask.io/v1alpha1
kind: BatchRun
metadata:
  name: update-deps-001
  namespace: team-platform
spec:
  batchRef: update-with-gemini
`
  },
  {
    kinds: ["WorkspaceConfig"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: WorkspaceConfig
metadata:
  name: default  # Convention: "default" is used when no workspaceConfigRef is specified
  namespace: kubetask-system
spec:
  agentImage: quay.io/myorg/claude-agent:v1.0
`
  },
  {
    kinds: ["Batch"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: Batch
metadata:
  name: update-dependencies
  namespace: kubetask-system
spec:
  # Constant - shared by all tasks
  commonContext:
    - type: File
      file:
        name: task.md
        source:
          inline: |
            Update dependencies to latest versions.
            Run tests and create PR.

    - type: File
      file:
        name: guide.md
        source:
          configMapKeyRef:
            name: workflow-guides
            key: standard-pr-workflow.md

  # Variable - different per task
  variableContexts:
    # Task 1: service-a + config
    - - type: Repository
        repository:
          org: myorg
          repo: service-a
          branch: main

      - type: File
        file:
          name: config.json
          source:
            configMapKeyRef:
              name: dep-configs
              key: service-a.json

    # Task 2: service-b + config + credentials
    - - type: Repository
        repository:
          org: myorg
          repo: service-b
          branch: main

      - type: File
        file:
          name: config.json
          source:
            configMapKeyRef:
              name: dep-configs
              key: service-b.json

      - type: File
        file:
          name: credentials.json
          source:
            secretKeyRef:
              name: private-credentials
              key: service-b-creds.json
`
  },
  {
    kinds: ["BatchRun"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: BatchRun
metadata:
  name: update-dependencies-run-001
  namespace: kubetask-system
  labels:
    team: platform
    jira: PROJ-1234
spec:
  # Reference Batch (inherits workspaceConfigRef from Batch)
  batchRef: update-dependencies
`
  },
  {
    kinds: ["Task"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: Task
metadata:
  name: update-service-a
  namespace: kubetask-system
spec:
  contexts:
    - type: File
      file:
        name: task.md
        source:
          inline: "Update dependencies and create PR"
    - type: Repository
      repository:
        org: myorg
        repo: service-a
        branch: main
`
  },
  {
    kinds: ["BatchRun"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: BatchRun
metadata:
  generateName: update-deps-
  namespace: kubetask-system
spec:
  batchRef: update-dependencies
`
  }
]
