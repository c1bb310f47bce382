import { statSync } from 'node:fs'
import { join } from 'node:path'
import { compilePackages } from './compile/compile-packages.ts'
import { capture, repositoryRoot } from './process/capture.ts'
import { isTestSource, listFilesBelow } from './source/files.ts'
import { readWorkspaces } from './source/packages.ts'

/** The Node that runs npm: often the system's, older than the one the repository brings. */
export function nodeOfNpm(): string {
  return process.env['npm_node_execpath'] ?? process.execPath
}

/**
 * Runs an ES module text against the built packages under the Node that runs npm, and gives what it printed.
 * Imports of `@cresset/…` resolve to `dist/`, as for a package installed from a registry. Builds first when needed.
 * Throws with the program's output when it ends with a status other than 0.
 */
export async function runBuilt(
  moduleText: string,
  options: { args?: readonly string[]; timeoutMs?: number; node?: string } = {},
): Promise<string> {
  await ensureBuilt()
  const node = options.node ?? nodeOfNpm()
  // NODE_OPTIONS could carry the source condition.
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env
  const args = ['--input-type=module', '-', ...(options.args ?? [])]
  const timeoutMs = options.timeoutMs ?? 120_000
  const { status, stdout, stderr } = await capture(node, args, { env, input: moduleText, timeoutMs })
  if (status !== 0) throw new Error(`built code failed under ${node} with status ${status}:\n${stderr}${stdout}`)
  return stdout
}

let built: Promise<void> | undefined

/** Builds when a source is newer than what stands in dist/; `npm test` builds before it runs tests. */
export function ensureBuilt(): Promise<void> {
  built ??= isBuilt(repositoryRoot) ? Promise.resolve() : compilePackages(repositoryRoot).then(() => undefined)
  return built
}

function isBuilt(root: string): boolean {
  const modifiedMs = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const compiledMs = modifiedMs(join(root, 'build/compiled.tsbuildinfo'))
  return readWorkspaces(root)
    .filter(({ manifest }) => manifest.private !== true)
    .every(({ folder }) =>
      listFilesBelow(join(root, folder), new Set(['node_modules', 'dist']))
        .filter((file) => file.startsWith('src/') && file.endsWith('.ts') && !isTestSource(`${folder}/${file}`))
        .every((file) => {
          const output = join(root, folder, file.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js'))
          return modifiedMs(output) > 0 && compiledMs >= modifiedMs(join(root, folder, file))
        }),
    )
}
