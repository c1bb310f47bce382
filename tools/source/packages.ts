import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readText } from './files.ts'

/** A file, or a file for each condition; conditions nest. */
export type Target = string | { [condition: string]: Target }

export type PackageManifest = {
  name: string
  private?: boolean
  workspaces?: string[]
  exports?: Record<string, Target>
  imports?: Record<string, Target>
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

/** TypeScript sources that `exports` or `imports` name under any condition: paths relative to the package, without `./`. */
export function sourceTargets(entries: Record<string, Target> = {}): string[] {
  const files = (target: Target): string[] =>
    typeof target === 'string' ? [target.replace(/^\.\//, '')] : Object.values(target).flatMap(files)
  return files(entries).filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
}

/** `@scope/name/sub` → `@scope/name`; `name/sub` → `name`. */
export function packageNameOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
