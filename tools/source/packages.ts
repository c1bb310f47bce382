import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readText } from './files.ts'

export type PackageManifest = {
  name: string
  private?: boolean
  workspaces?: string[]
  exports?: Record<string, string | Record<string, string>>
  imports?: Record<string, string | Record<string, string>>
  bin?: Record<string, string>
  scripts?: Record<string, string>
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
}

/** A workspace: its folder relative to the repository, which is also its name in the layer table. */
export type Workspace = { folder: string; manifest: PackageManifest }

export function readManifest(root: string, folder: string): PackageManifest {
  return JSON.parse(readText(root, folder === '' ? 'package.json' : `${folder}/package.json`)) as PackageManifest
}

/** The workspaces that the root manifest lists and that exist. */
export function readWorkspaces(root: string): Workspace[] {
  const folders = readManifest(root, '').workspaces ?? []
  return folders
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(root, folder) }))
}

/** Targets of `exports` or `imports` under the source condition: paths relative to the package, without `./`. */
export function sourceTargets(entries: Record<string, string | Record<string, string>> = {}): string[] {
  return Object.values(entries)
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
    .map((target) => target.replace(/^\.\//, ''))
    .filter((target) => target.endsWith('.ts') && !target.endsWith('.d.ts'))
}

/** `@scope/name/sub` → `@scope/name`; `name/sub` → `name`. */
export function packageNameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
