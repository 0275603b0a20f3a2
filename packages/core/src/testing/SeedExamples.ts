import type { SeedExample } from "./SeedExample.ts"
import { seedKubectlExamples } from "./SeedKubectlExamples.ts"

const seedReferenceExamples: ReadonlyArray<SeedExample> = [
  {
    kinds: ["Batch"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: Batch
metadata:
  name: update-dependencies
  namespace: kubetask-system
spec:
  # Common context - shared by all tasks
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

  # Variable context - different per task
  variableContexts:
    # Task 1: service-a + its config
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

    # Task 2: service-b + its config + credentials
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

    # Task 3: service-c on develop branch
    - - type: Repository
        repository:
          org: myorg
          repo: service-c
          branch: develop

      - type: File
        file:
          name: config.json
          source:
            configMapKeyRef:
              name: dep-configs
              key: service-c.json
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
  # Method 1: Reference existing Batch (recommended)
  batchRef: update-dependencies

  # Method 2: Inline Batch definition (optional, choose one)
  # batchSpec:
  #   commonContext: [...]
  #   variableContexts: [...]

status:
  # Execution phase (BatchRunPhase enum)
  phase: Running  # Pending|Running|Succeeded|Failed

  # Start and end times
  startTime: "2025-01-18T10:00:00Z"
  completionTime: "2025-01-18T10:15:00Z"

  # Progress statistics
  progress:
    total: 2
    pending: 0
    running: 1
    completed: 1
    failed: 0

  # Task list
  tasks:
    - contexts:
        - type: Repository
          repository:
            org: myorg
            repo: service-a
            branch: main
      status: Succeeded  # TaskPhase enum: Pending|Running|Succeeded|Failed
      jobName: update-dependencies-run-001-task-0
      startTime: "2025-01-18T10:01:00Z"
      completionTime: "2025-01-18T10:05:00Z"

    - contexts:
        - type: Repository
          repository:
            org: myorg
            repo: service-b
            branch: main
      status: Running
      jobName: update-dependencies-run-001-task-1
      startTime: "2025-01-18T10:02:00Z"
`
  },
  {
    kinds: ["Task"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: Task
metadata:
  name: update-service-a
  namespace: kubetask-system
  labels:
    team: platform
spec:
  # Contexts defines what this task operates on
  # This is a simple list of contexts (no common/variable separation)
  contexts:
    # File context - task description
    - type: File
      file:
        name: task.md
        source:
          inline: |
            Update dependencies to latest versions.
            Run tests and create PR.

    # File context - workflow guide
    - type: File
      file:
        name: guide.md
        source:
          configMapKeyRef:
            name: workflow-guides
            key: standard-pr-workflow.md

    # Repository context
    - type: Repository
      repository:
        org: myorg
        repo: service-a
        branch: main

    # Config file from ConfigMap
    - type: File
      file:
        name: config.json
        source:
          configMapKeyRef:
            name: dep-configs
            key: service-a.json

status:
  # Execution phase (TaskPhase enum)
  phase: Running  # Pending|Running|Succeeded|Failed

  # Kubernetes Job name
  jobName: update-service-a-xyz123

  # Start and end times
  startTime: "2025-01-18T10:00:00Z"
  completionTime: "2025-01-18T10:05:00Z"
`
  },
  {
    kinds: ["Task"],
    yaml: `# Using Task (simple, single execution)
apiVersion: kubetask.io/v1alpha1
kind: Task
metadata:
  name: update-service-a
spec:
  contexts:
    - type: File
      file: {name: task.md, source: {inline: "Update deps"}}
    - type: Repository
      repository: {org: myorg, repo: service-a, branch: main}
`
  },
  {
    kinds: ["Batch"],
    yaml: `# Using Batch (template for multiple executions)
apiVersion: kubetask.io/v1alpha1
kind: Batch
metadata:
  name: update-dependencies
spec:
  commonContext:
    - type: File
      file: {name: task.md, source: {inline: "Update deps"}}
  variableContexts:
    - [{type: Repository, repository: {org: myorg, repo: service-a, branch: main}}]
    - [{type: Repository, repository: {org: myorg, repo: service-b, branch: main}}]
    - [{type: Repository, repository: {org: myorg, repo: service-c, branch: main}}]
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
  # Agent container image
  # If not specified, defaults to "quay.io/zhaoxue/kubetask-agent:latest"
  agentImage: quay.io/myorg/custom-agent:v1.0
`
  },
  {
    kinds: ["WorkspaceConfig"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: WorkspaceConfig
metadata:
  name: default
  namespace: team-platform
spec:
  agentImage: quay.io/myorg/claude-agent:v1.0
`
  },
  {
    kinds: ["Task"],
    yaml: `apiVersion: kubetask.io/v1alpha1
kind: Task
metadata:
  name: update-service-a
  namespace: team-platform
spec:
  contexts:
    - type: File
      file:
        name: task.md
        source:
          inline: "Update dependencies"
    - type: Repository
      repository:
        org: myorg
        repo: service-a
        branch: main
`
  }
]

/** Each complete example of the seed. */
export const seedExamples: ReadonlyArray<SeedExample> = [...seedReferenceExamples, ...seedKubectlExamples]
