import { assert, describe, it } from "@effect/vitest"
import { encodeSlotFile, Host, type Slot, SlotRegistry } from "@slipway/core"
import { ScratchFolder, slotRegistryContract } from "@slipway/core/testing"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { join } from "node:path"
import { asOtherUser } from "../testing/OtherUser.ts"
import { testHomeLayer } from "../testing/TestHome.ts"
import { fileSlotRegistryLayer, fileSlotRegistryLayerWith } from "./FileSlotRegistry.ts"

const layer = Layer.provideMerge(fileSlotRegistryLayer, testHomeLayer)

slotRegistryContract("files", layer)

const slot = (number: number): Slot => ({
  slot_id: number,
  project: "shop",
  worktree_path: `/code/shop-impl-${number}`,
  slot_dir: `/home/ada/.devops-ai/slots/shop-${number}`,
  compose_file_copy: `/home/ada/.devops-ai/slots/shop-${number}/docker-compose.yml`,
  ports: { API_PORT: 8000 + number },
  claimed_at: "2026-02-08T15:30:00Z",
  status: "running"
})

const given = Effect.gen(function*() {
  const { home } = yield* Host
  const registry = yield* SlotRegistry
  const path = join(home, "registry.json")
  return {
    home,
    path,
    backup: `${path}.bak`,
    registry,
    claim: (...slots: ReadonlyArray<Slot>) =>
      registry.modify((seen) => Effect.succeed([seen, [...seen.slots, ...slots]] as const)),
    /** The files of the home, and the bad one by whatever time it has. */
    files: Effect.sync(() => fs.readdirSync(home).map((name) => name.replace(/\d{8}T\d{9}Z/u, "<time>")).sort())
  }
})

const registryTest = (name: string, test: Effect.Effect<void, unknown, Host | SlotRegistry | ScratchFolder>) =>
  it.live(name, () => test.pipe(Effect.provide(layer)))

describe("files: SlotRegistry", () => {
  registryTest(
    "looking makes no home; the first claim makes one, for the owner alone",
    Effect.gen(function*() {
      const { claim, files, home, path, registry } = yield* given
      yield* registry.read
      assert.isFalse(fs.existsSync(home))
      yield* claim(slot(1))
      assert.strictEqual(fs.statSync(home).mode & 0o777, 0o700)
      assert.strictEqual(fs.statSync(path).mode & 0o777, 0o600)
      assert.deepStrictEqual(yield* files, ["registry.json", "registry.json.bak"])
    })
  )

  registryTest(
    "the backup holds every claim that was made",
    Effect.gen(function*() {
      const { backup, claim, path } = yield* given
      yield* claim(slot(1))
      yield* claim(slot(2))
      assert.strictEqual(fs.readFileSync(backup, "utf8"), fs.readFileSync(path, "utf8"))
      assert.deepStrictEqual(JSON.parse(fs.readFileSync(backup, "utf8")), {
        version: 1,
        slots: { "1": slot(1), "2": slot(2) }
      })
    })
  )

  for (const damage of ["", "{", "null", "[]", "{\"version\":1}", "{\"slots\":{}}", "\u0000\u0000\u0000"]) {
    registryTest(
      `damaged: recovered from the backup, and kept: ${JSON.stringify(damage)}`,
      Effect.gen(function*() {
        const { claim, files, home, path, registry } = yield* given
        yield* claim(slot(1))
        fs.writeFileSync(path, damage)
        const looked = yield* registry.read
        assert.deepStrictEqual(looked.slots, [slot(1)])
        assert.deepStrictEqual(looked.recovery, { from: "backup", keptAt: path })
        assert.strictEqual(fs.readFileSync(path, "utf8"), damage)

        const seen = yield* claim(slot(2))
        assert.deepStrictEqual(seen.slots, [slot(1)])
        const keptAt = seen.recovery?.keptAt ?? ""
        assert.strictEqual(seen.recovery?.from, "backup")
        assert.strictEqual(fs.readFileSync(keptAt, "utf8"), damage)
        assert.strictEqual(join(keptAt, ".."), home)
        assert.deepStrictEqual(yield* files, ["registry.json", "registry.json.bak", "registry.json.corrupt-<time>"])
        assert.deepStrictEqual(yield* registry.read, {
          slots: [slot(1), slot(2)],
          unreadable: [],
          recovery: null,
          mayLack: false
        })
      })
    )
  }

  registryTest(
    "what is not UTF-8 is damaged",
    Effect.gen(function*() {
      const { claim, path, registry } = yield* given
      yield* claim(slot(1))
      fs.writeFileSync(path, Buffer.from(fs.readFileSync(path, "utf8").replace("shop", "sh\u00F6p"), "latin1"))
      assert.deepStrictEqual((yield* registry.read).slots, [slot(1)])
    })
  )

  registryTest(
    "a recovery is put right by any change, also one that changes no claim; twice keeps two bad files",
    Effect.gen(function*() {
      const { claim, files, path, registry } = yield* given
      yield* claim(slot(1))
      for (const damage of ["first", "second"]) {
        fs.writeFileSync(path, damage)
        yield* registry.modify(({ slots }) => Effect.succeed([null, slots] as const))
        assert.isNull((yield* registry.read).recovery)
      }
      assert.lengthOf((yield* files).filter((name) => name.startsWith("registry.json.corrupt-")), 2)
    })
  )

  registryTest(
    "a decision that fails leaves the damage as it is",
    Effect.gen(function*() {
      const { claim, files, path, registry } = yield* given
      yield* claim(slot(1))
      fs.writeFileSync(path, "damage")
      yield* Effect.flip(registry.modify(() => Effect.fail("no")))
      assert.strictEqual(fs.readFileSync(path, "utf8"), "damage")
      assert.deepStrictEqual(yield* files, ["registry.json", "registry.json.bak"])
    })
  )

  registryTest(
    "lost: recovered from the backup",
    Effect.gen(function*() {
      const { claim, files, path, registry } = yield* given
      yield* claim(slot(1))
      fs.rmSync(path)
      assert.deepStrictEqual(yield* registry.read, {
        slots: [slot(1)],
        unreadable: [],
        recovery: { from: "backup", keptAt: null },
        mayLack: false
      })
      yield* claim(slot(2))
      assert.deepStrictEqual((yield* registry.read).slots, [slot(1), slot(2)])
      assert.deepStrictEqual(yield* files, ["registry.json", "registry.json.bak"])
    })
  )

  registryTest(
    "lost with its backup: rebuilt from the slot folders, where there are any",
    Effect.gen(function*() {
      const { backup, claim, files, home, path, registry } = yield* given
      yield* claim(slot(1))
      for (const gone of [path, backup]) fs.rmSync(gone)
      fs.mkdirSync(join(home, "slots/shop-9"), { recursive: true })
      assert.deepStrictEqual(yield* registry.read, { slots: [], unreadable: [], recovery: null, mayLack: true })
      fs.mkdirSync(join(home, "slots/shop-3"))
      fs.writeFileSync(join(home, "slots/shop-3/slot.json"), encodeSlotFile(slot(3)))
      const looked = yield* registry.read
      assert.deepStrictEqual(looked.recovery, { from: "slot-folders", keptAt: null })
      assert.deepStrictEqual((yield* claim(slot(2))).slots, looked.slots)
      assert.deepStrictEqual((yield* registry.read).slots.map((one) => one.slot_id), [2, 3])
      assert.deepStrictEqual(yield* files, ["registry.json", "registry.json.bak", "slots"])
    })
  )

  registryTest(
    "both damaged: rebuilt from the slot folders, of Slipway and of the seed's tool",
    Effect.gen(function*() {
      const { claim, home, path, backup, registry } = yield* given
      fs.mkdirSync(join(home, "slots/shop-3"), { recursive: true })
      fs.mkdirSync(join(home, "slots/khealth-1"))
      fs.mkdirSync(join(home, "slots/empty-9"))
      fs.writeFileSync(join(home, "slots/notes.txt"), "")
      fs.writeFileSync(join(home, "slots/shop-3/slot.json"), encodeSlotFile(slot(3)))
      fs.writeFileSync(
        join(home, "slots/khealth-1/.env.sandbox"),
        "COMPOSE_PROJECT_NAME=khealth-slot-1\nKHEALTH_API_PORT=8081\n"
      )
      fs.writeFileSync(
        join(home, "slots/khealth-1/docker-compose.override.yml"),
        "# Generated\n# Worktree: /code/khealth-impl-x\n# Slot: khealth-1\n\nservices: {}\n"
      )
      fs.writeFileSync(path, "damage")
      fs.writeFileSync(backup, "damage too")
      const seen = yield* claim(slot(4))
      assert.strictEqual(seen.recovery?.from, "slot-folders")
      const { slots } = yield* registry.read
      assert.deepStrictEqual(
        slots.map((one) => [one.slot_id, one.project, one.worktree_path, one.ports]),
        [
          [1, "khealth", "/code/khealth-impl-x", { KHEALTH_API_PORT: 8081 }],
          [3, "shop", "/code/shop-impl-3", { API_PORT: 8003 }],
          [4, "shop", "/code/shop-impl-4", { API_PORT: 8004 }]
        ]
      )
      assert.deepStrictEqual(slots.map((one) => one.slot_dir).slice(0, 2), [
        join(home, "slots/khealth-1"),
        join(home, "slots/shop-3")
      ])
    })
  )

  registryTest(
    "leaves alone what a newer version wrote, in both files",
    Effect.gen(function*() {
      const { backup, claim, home, path, registry } = yield* given
      const newer = "{\"version\":2,\"slots\":[]}"
      fs.mkdirSync(home)
      fs.writeFileSync(path, newer)
      for (const attempt of [registry.read, claim(slot(1))]) {
        const failure = yield* Effect.flip(attempt)
        assert.strictEqual(failure.code, "registry-corrupt")
        assert.include(failure.message, "a newer slipway wrote it (version 2; this one knows version 1)")
      }
      fs.writeFileSync(path, "damage")
      fs.writeFileSync(backup, newer)
      assert.strictEqual((yield* Effect.flip(claim(slot(1)))).code, "registry-corrupt")
      assert.strictEqual(fs.readFileSync(backup, "utf8"), newer)
    })
  )

  registryTest(
    "keeps what it does not know, at every level, and what it cannot read",
    Effect.gen(function*() {
      const { home, path, registry } = yield* given
      const document = {
        $comment: "mine",
        version: 1,
        slots: {
          "1": { ...slot(1), note: "n", process: { pid: 1, startedAt: "", host: "h" } },
          "2": { slot_id: 2, status: "paused", ports: { API_PORT: 8002 } },
          "many": 7
        },
        later: [1, 2]
      }
      fs.mkdirSync(home)
      fs.writeFileSync(path, JSON.stringify(document))
      const seen = yield* registry.modify((snapshot) =>
        Effect.succeed([snapshot, [...snapshot.slots.map((one) => ({ ...one, status: "stopped" as const })), slot(5)]])
      )
      assert.deepStrictEqual(seen.unreadable.map(({ key, ports }) => ({ key, ports })), [
        { key: "2", ports: [8002] },
        { key: "many", ports: [] }
      ])
      assert.deepStrictEqual(JSON.parse(fs.readFileSync(path, "utf8")), {
        ...document,
        slots: { ...document.slots, "1": { ...document.slots["1"], status: "stopped" }, "5": slot(5) }
      })
    })
  )

  registryTest(
    "a registry that is a link stays one",
    Effect.gen(function*() {
      const { claim, home, path, registry } = yield* given
      const shared = join((yield* ScratchFolder).path, "shared.json")
      fs.mkdirSync(home)
      fs.symlinkSync(shared, path)
      yield* claim(slot(1))
      fs.writeFileSync(shared, "damage")
      yield* claim(slot(2))
      assert.strictEqual(fs.readlinkSync(path), shared)
      assert.lengthOf(Object.keys(JSON.parse(fs.readFileSync(shared, "utf8")).slots), 2)
      assert.deepStrictEqual((yield* registry.read).slots, [slot(1), slot(2)])
    })
  )

  registryTest(
    "what a killed writer left is cleared",
    Effect.gen(function*() {
      const { claim, files, home } = yield* given
      fs.mkdirSync(home)
      fs.writeFileSync(join(home, ".registry.json.slipway-1.tmp"), "{")
      fs.writeFileSync(join(home, ".registry.json.bak.slipway-1.tmp"), "{")
      yield* claim(slot(1))
      assert.deepStrictEqual(yield* files, ["registry.json", "registry.json.bak"])
    })
  )

  registryTest(
    "a home that cannot be used: the system's words, and claims as before",
    Effect.gen(function*() {
      const { claim, home, path, registry } = yield* given
      yield* claim(slot(1))
      fs.chmodSync((yield* ScratchFolder).path, 0o755)
      fs.chmodSync(home, 0o555)
      fs.chmodSync(path, 0o644)
      assert.deepStrictEqual((yield* asOtherUser(registry.read)).slots, [slot(1)])
      const unwritable = yield* asOtherUser(Effect.flip(claim(slot(2))))
      assert.strictEqual(unwritable.code, "registry-unavailable")
      assert.include(unwritable.message, "permission denied (EACCES)")
      fs.chmodSync(path, 0o000)
      const unreadable = yield* asOtherUser(Effect.flip(registry.read))
      assert.include(unreadable.message, "permission denied (EACCES)")
      fs.chmodSync(path, 0o600)
      fs.chmodSync(home, 0o700)
      assert.deepStrictEqual((yield* registry.read).slots, [slot(1)])
    })
  )

  registryTest(
    "a home that is a file, a registry that is a folder",
    Effect.gen(function*() {
      const { claim, home, path, registry } = yield* given
      fs.writeFileSync(home, "in the way")
      assert.strictEqual((yield* Effect.flip(claim(slot(1)))).code, "registry-unavailable")
      fs.rmSync(home)
      fs.mkdirSync(path, { recursive: true })
      assert.include((yield* Effect.flip(registry.read)).message, "EISDIR")
    })
  )

  it.live("a lock that is not let go is told, with its holder", () =>
    Effect.gen(function*() {
      const { claim, home, registry } = yield* given
      const { self } = yield* Host
      fs.mkdirSync(home)
      fs.symlinkSync(`${self.pid} ${self.startedAt} abc`, join(home, "registry.lock"))
      const failure = yield* Effect.flip(claim(slot(1)))
      assert.strictEqual(failure.code, "lock-busy")
      assert.include(failure.message, `process ${process.pid}`)
      assert.deepStrictEqual((yield* registry.read).slots, [])
    }).pipe(
      Effect.provide(Layer.provideMerge(fileSlotRegistryLayerWith({ lockWait: "50 millis" }), testHomeLayer))
    ))
})
