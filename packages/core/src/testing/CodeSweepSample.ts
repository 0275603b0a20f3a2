/** A file of CodeSweep with all that has a counterpart in kubetask.io. */
export const codeSweepSample = `# What the platform team runs.
apiVersion: codesweep.io/v1alpha1
kind: CodeSweepConfig
metadata:
  name: default
spec: {}
---
apiVersion: codesweep.io/v1alpha1
kind: "Bundle"   # template
metadata:
  name: update-dependencies
  labels:
    codesweep.io/team: platform
    jira: PROJ-1234
  annotations: {codesweep.io/why: "because"}
spec:
  # Where.
  repositories:
    # The first.
    - org: myorg
      repo: service-a   # a
      branch: main

    # The second.
    - {org: myorg, repo: service-b, branch: 'main'}
    - branch: develop
      org: myorg
      repo: service-c
      # until the release
  # What.
  context:
    files:
      - name: task.md
        content: |
          Update dependencies to latest versions.

            # no comment
          Run tests and create PR.
      # How.
      - name: guide.md
        configMapKeyRef:
          name: workflow-guides   # of the team
          key: standard-pr-workflow.md
      - secretKeyRef: {name: private-credentials, key: creds.json}
        name: creds.json
  jobTemplateRef: claude
---
# Not ours.
apiVersion: v1
kind:   ConfigMap
metadata: { name: workflow-guides }
data:
    standard-pr-workflow.md:   "codesweep.io/v1alpha1"
---
apiVersion: codesweep.io/v1alpha1
kind: BundleRun
metadata:
  generateName: update-
spec:
  bundleRef: update-dependencies  # the one above
  jobTemplateRef:
    name: gemini # another
---
apiVersion: codesweep.io/v1alpha1
kind: BundleRun
metadata: {name: inline}
spec:
  bundleSpec:
    repositories:
    - org: myorg
      repo: service-a
      branch: main
`

/** What becomes of {@link codeSweepSample}. */
export const migratedSample = `# What the platform team runs.
apiVersion: kubetask.io/v1alpha1
kind: WorkspaceConfig
metadata:
  name: default
spec: {}
---
apiVersion: kubetask.io/v1alpha1
kind: "Batch"   # template
metadata:
  name: update-dependencies
  labels:
    kubetask.io/team: platform
    jira: PROJ-1234
  annotations: {kubetask.io/why: "because"}
spec:
  # Where.
  variableContexts:
    # The first.
    - - type: Repository
        repository:
          org: myorg
          repo: service-a   # a
          branch: main

    # The second.
    - [{type: Repository, repository: {org: myorg, repo: service-b, branch: 'main'}}]
    - - type: Repository
        repository:
          branch: develop
          org: myorg
          repo: service-c
          # until the release
  # What.
  commonContext:
      - type: File
        file:
          name: task.md
          source:
            inline: |
              Update dependencies to latest versions.

                # no comment
              Run tests and create PR.
      # How.
      - type: File
        file:
          name: guide.md
          source:
            configMapKeyRef:
              name: workflow-guides   # of the team
              key: standard-pr-workflow.md
      - type: File
        file:
          source:
            secretKeyRef: {name: private-credentials, key: creds.json}
          name: creds.json
  workspaceConfigRef: claude
---
# Not ours.
apiVersion: v1
kind:   ConfigMap
metadata: { name: workflow-guides }
data:
    standard-pr-workflow.md:   "codesweep.io/v1alpha1"
---
apiVersion: kubetask.io/v1alpha1
kind: BatchRun
metadata:
  generateName: update-
spec:
  batchRef: update-dependencies  # the one above
  workspaceConfigRef: gemini # another
---
apiVersion: kubetask.io/v1alpha1
kind: BatchRun
metadata: {name: inline}
spec:
  batchSpec:
    commonContext: []
    variableContexts:
    - - type: Repository
        repository:
          org: myorg
          repo: service-a
          branch: main
`
