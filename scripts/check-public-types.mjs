/**
 * The declarations of the Promise client, and all that they reach, name nothing of Effect: whoever uses it needs to
 * know nothing of Effect, and breaks with no version of it. Run after the types are built.
 */
import { existsSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { root } from "./programs.mjs"

const core = join(root, "packages/core/dist/index.d.ts")

/** What keeps the declarations that an entry reaches from being plain: one line a fault. */
export const effectTypesIn = (entry, coreEntry = core) => {
  const faults = []
  const queue = [{ file: entry, from: null }]
  const seen = new Set()
  for (const { file, from } of queue) {
    if (seen.has(file)) continue
    seen.add(file)
    if (!existsSync(file)) {
      faults.push(`${file}: no such declaration file${from === null ? "" : `, imported by ${from}`}`)
      continue
    }
    for (const { names, specifier } of importsOf(readFileSync(file, "utf8"))) {
      if (specifier.startsWith(".")) {
        queue.push({ file: declarationOf(resolve(dirname(file), specifier)), from: file })
      } else if (specifier === "@slipway/core" && names !== null) {
        for (const name of names) queue.push({ file: declaringFile(coreEntry, name), from: file })
      } else if (!specifier.startsWith("node:")) {
        faults.push(`${file}: imports "${specifier}"`)
      }
    }
  }
  return faults
}

/** The imports and re-exports of a module; `names` is null where all of a module is taken. */
const importsOf = (text) => {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/gu, "")
  const all = (pattern) => [...code.matchAll(pattern)]
  return [
    ...all(/\b(?:import|export)\b([^"';]*?)\bfrom\s*["']([^"']+)["']/gu).map(([, clause, specifier]) => ({
      specifier,
      names: namesOf(clause)
    })),
    ...all(/\bimport\s*\(\s*["']([^"']+)["']\s*\)(?:\.([A-Za-z_$][\w$]*))?/gu).map(([, specifier, name]) => ({
      specifier,
      names: name === undefined ? null : [name]
    })),
    ...all(/\bimport\s*["']([^"']+)["']/gu).map(([, specifier]) => ({ specifier, names: null })),
    ...[...text.matchAll(/<reference\s+types=["']([^"']+)["']/gu)].map(([, specifier]) => ({ specifier, names: null }))
  ]
}

const namesOf = (clause) => {
  const list = /\{([^}]*)\}/u.exec(clause)
  return list === null
    ? null
    : list[1].split(",").map((part) => part.trim().replace(/^type\s+/u, "").split(/\s+as\s+/u)[0]).filter(Boolean)
}

/** The declaration file of an entry's modules that declares a name. */
const declaringFile = (entry, name) => {
  const modules = importsOf(readFileSync(entry, "utf8"))
    .map(({ specifier }) => declarationOf(resolve(dirname(entry), specifier)))
  const declares = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:interface|type|class|const|function|enum) ${name}\\b`,
    "mu"
  )
  return modules.find((file) => declares.test(readFileSync(file, "utf8"))) ?? `${dirname(entry)}/${name}`
}

const declarationOf = (path) => path.replace(/\.(?:ts|js)$/u, "").concat(".d.ts")

const isMain = process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href
if (isMain) {
  const entry = process.argv[2] ?? join(root, "packages/node-adapters/dist/client/Client.d.ts")
  const faults = effectTypesIn(resolve(entry))
  for (const fault of faults) console.log(fault.replaceAll(`${root}/`, ""))
  if (faults.length > 0) console.log(`✗ ${relative(root, entry)} must not reach a type of another package`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
