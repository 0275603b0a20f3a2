import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { defineConfig, type Options } from "tsup"

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string }

const common: Options = {
  outDir: "dist",
  format: "esm",
  platform: "node",
  target: "node22",
  minify: true,
  dts: false,
  define: { SLIPWAY_VERSION: JSON.stringify(version) }
}

/**
 * Most of the time that dockerode takes to load is for what Slipway does not call (sessions of BuildKit, which bring
 * gRPC), or only for engines behind ssh. The first is left out; the second is taken from the installed package when such
 * an engine is asked.
 */
const lazyDockerParts: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "lazy-docker-parts",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/dockerode\/lib\/session\.js$/ }, () => ({
      contents: "module.exports = () => { throw new Error(\"builds over BuildKit sessions are not bundled\") }"
    }))
    onLoad({ filter: /\/docker-modem\/lib\/ssh\.js$/ }, () => ({
      contents:
        "const load = require\nmodule.exports = (options) => __createRequire(load.resolve([\"dockerode\"][0]))(\"docker-modem/lib/ssh\")(options)"
    }))
  }
}

export default defineConfig([
  {
    ...common,
    entry: ["src/bin.ts"],
    splitting: false,
    // One small file, so that what it answers itself is as fast as Node starts; the rest is loaded when needed.
    esbuildPlugins: [{
      name: "main-beside-bin",
      setup: ({ onResolve }) => onResolve({ filter: /\/Main\.ts$/ }, () => ({ path: "./Main.js", external: true }))
    }]
  },
  {
    ...common,
    entry: ["src/Main.ts"],
    splitting: true,
    noExternal: ["effect", /^@effect\//u, /^@slipway\//u, "smol-toml", "yaml", "dockerode", "docker-modem", "tar-fs"],
    external: ["ssh2"],
    esbuildPlugins: [lazyDockerParts],
    // Bundled CommonJS modules ask for `require`, which a module does not have by itself.
    banner: {
      js:
        "import { createRequire as __createRequire } from \"node:module\"; const require = __createRequire(import.meta.url);"
    },
    // Help and completions are answered from a file, so that they need not load the parser.
    async onSuccess() {
      execFileSync(process.execPath, ["scripts/render-static-answers.mjs"], { stdio: "inherit" })
    }
  }
])
