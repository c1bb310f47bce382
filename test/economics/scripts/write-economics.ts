import { readFileSync, writeFileSync } from 'node:fs'
import { figureGroups, withFigures } from '../economics-table.ts'
import type { Figure } from '../figure.ts'

// Usage: node --conditions=cresset-source test/economics/scripts/write-economics.ts
const path = new URL('../../../docs/protocol/economics.md', import.meta.url)
let page = readFileSync(path, 'utf8')
for (const [attack, figures] of Object.entries(figureGroups)) {
  page = withFigures(page, attack as Figure['attack'], figures())
}
writeFileSync(path, page)
