import { isTestSource, listFiles, readText } from '../source/files.ts'
import { findImports } from '../source/imports.ts'
import { readManifest, readWorkspaces, sourceTargets } from '../source/packages.ts'
import { tokenize } from '../source/tokens.ts'
import type { Check, Violation } from './check.ts'

/** Programs and registries that are found by their place rather than imported. */
const entryPatterns = [
  /\.(test|fuzz|campaign)\.ts$/,
  /^bench\/[^/]+\.ts$/,
  /^docs\/guides\/[^/]+\.ts$/,
  /\/scripts\/[^/]+\.ts$/,
  /^access\/cli\/src\/main\.ts$/,
  /^access\/cli\/src\/tour\/main\.ts$/,
  /^simulation\/src\/main\.ts$/,
]

/** A source file must be reachable from an entry: an export, a script, a test, a benchmark. */
export const deadFileCheck: Check = {
  name: 'tidy/dead-files',
  description: 'every source file is reachable from an entry, a test or a script',
  run(root) {
    const files = new Set(listFiles(root).filter((file) => file.endsWith('.ts')))
    const reached = new Set<string>()
    const pending = [...entries(root, files)]
    for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
      if (reached.has(file)) continue
      reached.add(file)
      pending.push(...targets(root, file).filter((target) => files.has(target)))
    }
    return [...files]
      .filter((file) => !reached.has(file) && !file.endsWith('.d.ts'))
      .map(
        (file): Violation => ({
          file,
          message: isTestSource(file) ? 'no test imports it' : 'nothing imports it and it is no entry',
          remedy: 'delete it or use it',
        }),
      )
  },
}

function* entries(root: string, files: ReadonlySet<string>): Iterable<string> {
  for (const file of files) if (entryPatterns.some((pattern) => pattern.test(file))) yield file
  for (const { folder, manifest } of readWorkspaces(root)) {
    const own = [...sourceTargets(manifest.exports), ...sourceTargets(manifest.imports)]
    for (const built of Object.values(manifest.bin ?? {})) {
      own.push(built.replace(/^(\.\/)?dist\//, 'src/').replace(/\.js$/, '.ts'))
    }
    for (const target of own) if (files.has(`${folder}/${target}`)) yield `${folder}/${target}`
  }
  for (const command of Object.values(readManifest(root, '').scripts ?? {})) {
    for (const word of command.split(/\s+/)) if (files.has(word)) yield word
  }
}

/** Files that `file` imports by relative path, or names in a string: child processes and workers are started that way. */
function targets(root: string, file: string): string[] {
  const source = readText(root, file)
  const tokens = tokenize(source)
  const named = tokens
    .filter(({ kind, text }) => kind === 'string' && /^[\w./-]+\.ts$/.test(text))
    .map(({ text }) => text)
  const imported = findImports(source, tokens).map(({ specifier }) => specifier)
  return [...named, ...imported.filter((specifier) => specifier.startsWith('.'))].flatMap((path) => [
    new URL(path, `file:///${file}`).pathname.slice(1),
    path,
  ])
}
