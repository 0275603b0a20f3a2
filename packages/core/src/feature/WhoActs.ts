import { Result, Schema } from "effect"
import { type Actor, actorText, isSameActor } from "./Actor.ts"

/** A text names no actor. */
export class ActorInvalid extends Schema.TaggedError<ActorInvalid>()("ActorInvalid", {
  text: Schema.String,
  /** Where it was given: `--as` or `SLIPWAY_ACTOR`. */
  source: Schema.String
}) {
  readonly code = "actor-invalid" as const
  override get message(): string {
    return `${this.source} cannot be ${JSON.stringify(this.text.slice(0, longestActorId))}: it names no actor`
  }
  get hint(): string {
    return "write agent:ID or human:ID, as in human:ada"
  }
}

/** A process that is marked as an agent claims to be somebody else. */
export class ActorRefused extends Schema.TaggedError<ActorRefused>()("ActorRefused", {
  /** Whom it claims to be. */
  claimed: Schema.String,
  /** Whom its environment marks it as. */
  marked: Schema.String,
  /** The variable that marks it. */
  variable: Schema.String,
  source: Schema.String
}) {
  readonly code = "actor-refused" as const
  override get message(): string {
    return `this process is ${this.marked}, as ${this.variable} tells; ${this.source} cannot make it ${this.claimed}`
  }
  get hint(): string {
    return `leave ${this.source} out; whoever it is to be runs the command in their own terminal`
  }
}

const longestActorId = 200

/**
 * Reads `agent:ID` or `human:ID`. Nobody can name themselves `system`.
 *
 * @example
 * parseActor("human:ada", "--as") // Result.succeed({ kind: "human", id: "ada" })
 */
export const parseActor = (text: string, source: string): Result.Result<Actor, ActorInvalid> => {
  const [, kind, id = ""] = /^(agent|human):(.+)$/u.exec(text) ?? []
  return (kind === "agent" || kind === "human") && isActorId(id)
    ? Result.succeed({ kind, id })
    : Result.fail(new ActorInvalid({ text, source }))
}

const isActorId = (id: string): boolean =>
  id.length <= longestActorId && /^[^\s\p{Cc}](?:[^\p{Cc}]*[^\s\p{Cc}])?$/u.test(id)

/**
 * Variables by which coding agents mark the programs that they start, as their documentation and sources tell. The
 * first that is set counts.
 */
const agentMarks: ReadonlyArray<readonly [variable: string, id: string]> = [
  ["CLAUDECODE", "claude-code"],
  ["CLAUDE_CODE", "claude-code"],
  ["CODEX_SANDBOX", "codex"],
  ["CODEX_SANDBOX_NETWORK_DISABLED", "codex"],
  ["CODEX_THREAD_ID", "codex"],
  ["CODEX_CI", "codex"],
  ["OPENCODE", "opencode"],
  ["OPENCODE_CLIENT", "opencode"],
  ["GEMINI_CLI", "gemini"],
  ["CURSOR_AGENT", "cursor"],
  ["AUGMENT_AGENT", "augment"],
  ["AMP_CURRENT_THREAD_ID", "amp"],
  ["GOOSE_TERMINAL", "goose"],
  ["CLINE_ACTIVE", "cline"],
  ["ANTIGRAVITY_AGENT", "antigravity"],
  ["COPILOT_CLI", "copilot"],
  ["QWEN_CODE", "qwen-code"]
]

/** The variable that agents set to their own name, where they have no other mark. */
const anyAgent = "AI_AGENT"

/** Values by which a variable says that it marks nothing. */
const unset: ReadonlySet<string> = new Set(["", "0", "false"])

/** The agent that an environment marks its processes as, with the variable that tells; null without one. */
export const markedAgent = (
  variables: Readonly<Record<string, string>>
): { readonly actor: Actor; readonly variable: string } | null => {
  const mark = agentMarks.find(([variable]) => !unset.has(variables[variable] ?? ""))
  if (mark !== undefined) return { actor: { kind: "agent", id: mark[1] }, variable: mark[0] }
  const named = variables[anyAgent] ?? ""
  if (unset.has(named)) return null
  return { actor: { kind: "agent", id: isActorId(named) ? named : "unnamed" }, variable: anyAgent }
}

/** What is known of who runs this process. */
export interface ActorEvidence {
  readonly variables: Readonly<Record<string, string>>
  /** The actor that was named for this call, as text. */
  readonly as?: string | undefined
  /** git's `user.email` or `user.name`; null without them. */
  readonly gitIdentity: string | null
}

/**
 * Who acts: the agent that the environment marks; else who was named by the call; else by `SLIPWAY_ACTOR`; else the
 * human of git's identity. A process that is marked can name nobody but itself.
 */
export const whoActs = (evidence: ActorEvidence): Result.Result<Actor, ActorInvalid | ActorRefused> => {
  const fromVariable = evidence.variables["SLIPWAY_ACTOR"] ?? ""
  const named = evidence.as !== undefined
    ? { text: evidence.as, source: "--as" }
    : fromVariable === ""
    ? null
    : { text: fromVariable, source: "SLIPWAY_ACTOR" }
  const claimed = named === null
    ? null
    : Result.map(parseActor(named.text, named.source), (actor) => ({ ...named, actor }))
  if (claimed !== null && Result.isFailure(claimed)) return Result.fail(claimed.failure)
  const claim = claimed?.success ?? null
  const marked = markedAgent(evidence.variables)
  if (marked !== null && claim !== null && !isSameActor(marked.actor, claim.actor)) {
    return Result.fail(
      new ActorRefused({
        claimed: actorText(claim.actor),
        marked: actorText(marked.actor),
        variable: marked.variable,
        source: claim.source
      })
    )
  }
  return Result.succeed(marked?.actor ?? claim?.actor ?? { kind: "human", id: humanId(evidence) })
}

const humanId = ({ gitIdentity, variables }: ActorEvidence): string => {
  const candidates = [gitIdentity ?? "", variables["USER"] ?? "", variables["LOGNAME"] ?? ""].map((text) => text.trim())
  return candidates.find(isActorId) ?? "unknown"
}
