import { defineConfig } from "vitest/config"

const minutes = 60_000

/** Unit and property tests: pure, so they may use every core. */
const unit = (name: string, root: string) => ({
  extends: true as const,
  test: {
    name,
    root,
    include: ["src/**/*.test.ts"],
    testTimeout: 0.5 * minutes,
    sequence: { groupOrder: 0 }
  }
})

/** Tests on real systems (git, Docker, processes): few at a time, or they measure each other. */
const real = (name: string, root: string, include: ReadonlyArray<string>, groupOrder: number, maxWorkers: number) => ({
  extends: true as const,
  test: {
    name,
    root,
    include: [...include],
    testTimeout: 3 * minutes,
    hookTimeout: 3 * minutes,
    maxWorkers,
    sequence: { groupOrder }
  }
})

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ["default"],
    projects: [
      unit("core", "packages/core"),
      real("node-adapters", "packages/node-adapters", ["src/**/*.test.ts"], 1, 2),
      real("cli", "packages/cli", ["src/**/*.test.ts"], 2, 2),
      real("examples", "examples", ["**/*.test.ts"], 3, 1),
      real("test", "test", ["**/*.test.ts"], 4, 1)
    ]
  }
})
