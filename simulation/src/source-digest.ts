import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join, relative } from 'node:path'

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
}

const DIGEST_CHARACTERS = 12

/**
 * What a run of the simulator, or of another `start`, is made of, as the files are now: the sources of that package and of all packages of
 * the repository that it needs, directly or not, those in `more` folders, and the versions of the libraries. Tests beside the sources are
 * not run, and do not count.
 */
export function sourceDigest(root: string, start = 'simulation', more: readonly string[] = []): string {
  const digest = createHash('sha256')
  const add = (path: string): void => {
    const content = readFileSync(path)
    digest.update(`${relative(root, path)} ${content.length}\n`).update(content)
  }
  for (const folder of neededFolders(root, start)) {
    add(join(folder, 'package.json'))
    for (const path of sourcesOf(join(folder, 'src'))) add(path)
  }
  for (const folder of more) for (const path of sourcesOf(join(root, folder))) add(path)
  const lock = join(root, 'package-lock.json')
  if (existsSync(lock)) add(lock)
  return digest.digest('hex').slice(0, DIGEST_CHARACTERS)
}

function neededFolders(root: string, start: string): string[] {
  const folders = new Set([realpathSync(join(root, start))])
  // What is added while the set is walked through is walked through too.
  for (const folder of folders) {
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
    for (const name of Object.keys(dependencies)) {
      if (name.startsWith('@cresset/')) folders.add(realpathSync(join(root, 'node_modules', name)))
    }
  }
  return [...folders].sort()
}

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(test|fuzz|campaign)\.ts$/.test(name))
    .sort()
    .map((name) => join(folder, name))
}
