import { execFileSync } from "node:child_process"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
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

/** Bundled CommonJS modules ask for `require`, which a module does not have by itself. */
const requireBanner =
  "import { createRequire as __createRequire } from \"node:module\"; const require = __createRequire(import.meta.url);"

/** Every file gets the banner, and most of them would make a `require` at each start that nothing in them calls. */
const dropUnusedBanners = () => {
  for (const name of readdirSync("dist").filter((file) => file.endsWith(".js"))) {
    const text = readFileSync(`dist/${name}`, "utf8")
    const [banner, body = ""] = text.split(requireBanner, 2)
    if (banner !== undefined && body !== "" && !/\brequire\b/u.test(body)) writeFileSync(`dist/${name}`, banner + body)
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
    banner: { js: requireBanner },
    async onSuccess() {
      dropUnusedBanners()
      // Help and completions are answered from a file, so that they need not load the parser.
      execFileSync(process.execPath, ["scripts/render-static-answers.mjs"], { stdio: "inherit" })
    }
  }
])
