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
    noExternal: ["effect", /^@effect\//u, /^@slipway\//u, "smol-toml", "yaml"],
    external: ["dockerode"],
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
