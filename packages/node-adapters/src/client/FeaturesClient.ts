import { type FeatureIntent, Features as FeaturesService } from "@slipway/core"
import { Effect } from "effect"
import type { CallOptions } from "./CallOptions.ts"
import type { ChangeOptions, Features } from "./FeatureTypes.ts"

/** Runs an effect of a client. */
type Call = <A, E>(effect: Effect.Effect<A, E, FeaturesService>, options?: CallOptions) => Promise<A>

/** The features of one folder's project, for programs without Effect. */
export const featuresClient = (directory: string, call: Call): Features => {
  const features = <A, E>(
    use: (service: FeaturesService["Service"]) => Effect.Effect<A, E>,
    options: CallOptions = {}
  ): Promise<A> => call(FeaturesService.use(use), options)

  const change = (name: string, intent: FeatureIntent, { as, expected, key, ...options }: ChangeOptions = {}) =>
    features((service) =>
      service.change({
        directory,
        name,
        intent,
        ...(as === undefined ? {} : { as }),
        ...(expected === undefined ? {} : { expected }),
        ...(key === undefined ? {} : { key })
      }), options)

  return {
    create: (name, options = {}) =>
      features((service) => service.create({ directory, name, ...request(options) }), options),
    next: (name, options) => features((service) => service.next({ directory, name }), options),
    explain: (name, options) => features((service) => service.explain({ directory, name }), options),
    list: (options = {}) =>
      features((service) =>
        Effect.map(service.list({ directory, ...request(options) }), (listing) => ({
          ...listing,
          unreadable: listing.unreadable.map(({ feature, problem: { code, message } }) => ({ feature, code, message }))
        })), options),
    show: (name, options) => features((service) => service.show({ directory, name }), options),
    log: (name, options) => features((service) => service.story({ directory, name }), options),
    verify: (name, options) => features((service) => service.verify({ directory, name }), options),
    submit: (name, artifact, options) => change(name, { _tag: "Submit", artifact }, options),
    approve: (name, artifact, { sha256, ...options } = {}) =>
      change(name, { _tag: "Approve", artifact, sha256: sha256 ?? null }, options),
    reject: (name, artifact, reason, options) => change(name, { _tag: "Reject", artifact, reason }, options),
    waive: (name, artifact, reason, options) => change(name, { _tag: "Waive", artifact, reason }, options),
    revokeWaiver: (name, artifact, reason, options) =>
      change(name, { _tag: "RevokeWaiver", artifact, reason }, options),
    comment: (name, kind, text, options) => change(name, { _tag: "Comment", kind, text }, options),
    resolve: (name, comment, answer, options) => change(name, { _tag: "Resolve", comment, answer }, options),
    addTask: (name, title, { dependsOn, ...options } = {}) =>
      change(name, { _tag: "AddTask", title, dependsOn: dependsOn ?? [] }, options),
    startTask: (name, task, options) => change(name, { _tag: "StartTask", task }, options),
    completeTask: (name, task, { commits, ...options } = {}) =>
      change(name, { _tag: "CompleteTask", task, revisions: commits ?? [] }, options),
    blockTask: (name, task, reason, options) => change(name, { _tag: "BlockTask", task, reason }, options),
    unblockTask: (name, task, reason, options) => change(name, { _tag: "UnblockTask", task, reason }, options),
    cancelTask: (name, task, reason, options) => change(name, { _tag: "CancelTask", task, reason }, options),
    dependTask: (name, task, dependsOn, { remove, ...options } = {}) =>
      change(name, { _tag: "DependTask", task, dependsOn, remove: remove === true }, options),
    depend: (name, dependsOn, { remove, ...options } = {}) =>
      change(name, { _tag: "Depend", dependsOn, remove: remove === true }, options),
    archive: (name, reason, options) => change(name, { _tag: "Archive", reason }, options),
    restore: (name, reason, options) => change(name, { _tag: "Restore", reason }, options),
    gates: (name, options = {}) =>
      features((service) => service.gates({ directory, name, ...request(options) }), options),
    merge: (name, options = {}) =>
      features((service) => service.merge({ directory, name, ...request(options) }), options),
    deploy: (name, options = {}) =>
      features((service) => service.deploy({ directory, name, ...request(options) }), options)
  }
}

/** The options of a call without what only the call itself takes. */
const request = <A extends CallOptions>({ onProgress: _, signal: __, ...rest }: A): Omit<A, keyof CallOptions> => rest
