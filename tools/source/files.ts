import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folders that hold no source of ours; the same list as .gitignore. */
const ignoredFolders = new Set(['node_modules', 'dist', '.git', '.cresset'])
const buildFolder = 'build/'
const ignoredEndings = ['.log', '.tsbuildinfo']

/** The repository's own files below `root`, as sorted paths relative to it with forward slashes. */
export function listFiles(root: string): string[] {
  return listFilesBelow(root, ignoredFolders).filter((file) => !file.startsWith(buildFolder))
}

/** All files below a folder but those in folders of the names given. */
export function listFilesBelow(root: string, ignored: ReadonlySet<string> = new Set()): string[] {
  const found: string[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) {
        if (!ignored.has(entry.name)) visit(path)
      } else if (entry.isFile() && !ignoredEndings.some((ending) => entry.name.endsWith(ending))) {
        found.push(path)
      }
    }
  }
  visit('')
  return found.sort()
}

/** Folders that are published as packages or run as programs; the rest (tools, bench, test) serves the repository. */
export function isPackageSource(file: string): boolean {
  return file.endsWith('.ts') && file.includes('/src/') && !/^(tools|bench|test|docs)\//.test(file)
}

/**
 * Source that only tests run: it may import anything and is left out of the published build.
 * `testing/` folders hold what several tests of a package share.
 */
export function isTestSource(file: string): boolean {
  return /\.(test|fuzz|campaign)\.ts$/.test(file) || /(^|\/)(test|testing)\//.test(file)
}

/** `src/platform.ts`, `src/platform-node.ts` or `src/platform/…`: the files behind a package's `#platform` import. */
export function isPlatformSource(file: string): boolean {
  return /\/src\/platform(\/.+|[-.][a-z.-]+)?\.ts$/.test(file)
}

export function readText(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
