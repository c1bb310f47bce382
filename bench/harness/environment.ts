import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'

/** Where and with what a benchmark ran: figures mean nothing without it. */
export type Environment = {
  processor: string
  cores: number
  memoryGiB: number
  system: string
  node: string
  packages: Record<string, string>
  commit: string
}

export function describeEnvironment(root: string, packages: readonly string[]): Environment {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    packages: Object.fromEntries(packages.map((name) => [name, installedVersion(root, name)])),
    commit: commitOf(root),
  }
}

function installedVersion(root: string, name: string): string {
  const manifest = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/** The commit, marked when the tree differs from it; a copy without history has none. */
function commitOf(root: string): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
    return git('rev-parse', '--short=12', 'HEAD') + (changed ? ' with changes' : '')
  } catch {
    return 'unknown'
  }
}
