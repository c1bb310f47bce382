import { readFileSync, writeFileSync } from 'node:fs'
import { withCodes } from '../src/codes-table.ts'

// Usage: node --conditions=cresset-source core/ledger/scripts/write-codes.ts
const page = new URL('../../../docs/protocol/ledger.md', import.meta.url)
writeFileSync(page, withCodes(readFileSync(page, 'utf8')))
