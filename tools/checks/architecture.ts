import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { layers } from '../layers.ts'
import { readText } from '../source/files.ts'
import type { Check } from './check.ts'

const begin = '<!-- layers: written by npm run architecture -->'
const end = '<!-- /layers -->'

/** The package table of ARCHITECTURE.md, from the table that the layer check enforces. */
export function layerTable(root: string): string {
  const rows = layers.map(({ folder, holds, imports, nodeModules }) => {
    // A package appears with its first real file; until then its row says where it will stand.
    const name = existsSync(join(root, folder, 'package.json')) ? `\`${folder}\`` : `${folder} (to come)`
    const list = imports.length === 0 ? '–' : imports.map(showImport).join(', ')
    const platform = { all: 'yes', platform: 'behind `#platform`', none: 'no' }[nodeModules]
    return `| ${name} | ${holds} | ${list} | ${platform} |`
  })
  return ['| package | holds | may import | Node modules |', '|---|---|---|---|', ...rows].join('\n')
}

function showImport(rule: string): string {
  if (rule === '*') return 'anything'
  return rule.endsWith(':types') ? `\`${rule.slice(0, -':types'.length)}\` (types only)` : `\`${rule}\``
}

/** The document with its generated part renewed; throws when the marks are gone. */
export function renewLayerTable(document: string, root: string): string {
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error(`ARCHITECTURE.md must hold ${begin} and ${end}`)
  return `${document.slice(0, from + begin.length)}\n${layerTable(root)}\n${document.slice(to)}`
}

export const architectureCheck: Check = {
  name: 'tidy/architecture',
  description: 'the package table in ARCHITECTURE.md is the one that the layer check enforces',
  run(root) {
    const file = 'ARCHITECTURE.md'
    const remedy = 'npm run architecture'
    if (!existsSync(join(root, file))) return [{ file, message: 'is missing', remedy: 'write it' }]
    const document = readText(root, file)
    if (document === renewLayerTable(document, root)) return []
    return [{ file, message: 'its package table is not the one of tools/layers.ts', remedy }]
  },
}
