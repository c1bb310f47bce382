import { listFiles } from '../source/files.ts'
import type { Check, Violation } from './check.ts'

const kebabFile = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/
const kebabFolder = /^[a-z0-9]+(-[a-z0-9]+)*$/
/** Names that say nothing about what is inside; alone, or as the last word (`name-utils`). */
const emptyNames = new Set(['util', 'utils', 'helper', 'helpers', 'misc', 'common', 'shared', 'stuff'])

export const fileNameCheck: Check = {
  name: 'tidy/names',
  description: 'source files and folders are kebab-case and named after what they hold',
  run(root) {
    const violations: Violation[] = []
    const folders = new Set<string>()
    for (const file of listFiles(root)) {
      if (!file.endsWith('.ts')) continue
      const parts = file.split('/')
      for (let depth = 1; depth < parts.length; depth++) folders.add(parts.slice(0, depth).join('/'))
      const name = parts.at(-1) as string
      if (!kebabFile.test(name)) violations.push({ file, message: 'name is not kebab-case', remedy: 'rename it' })
      if (saysNothing(name.replace(/\..*$/, ''))) violations.push(emptyName(file))
    }
    for (const folder of [...folders].sort()) {
      const name = folder.split('/').at(-1) as string
      if (!kebabFolder.test(name)) {
        violations.push({ file: folder, message: 'folder name is not kebab-case', remedy: 'rename it' })
      }
      if (saysNothing(name)) violations.push(emptyName(folder))
    }
    return violations
  },
}

function saysNothing(name: string): boolean {
  const words = name.split('-')
  const last = words.at(-1) as string
  return emptyNames.has(name) || (words.length > 1 && /^(utils?|helpers?|misc)$/.test(last))
}

function emptyName(file: string): Violation {
  return { file, message: 'the name does not say what is inside', remedy: 'name it after its one concept' }
}
