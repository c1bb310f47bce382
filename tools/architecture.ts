/** npm run architecture: renews the package table in ARCHITECTURE.md from tools/layers.ts. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renewLayerTable } from './checks/architecture.ts'
import { repositoryRoot } from './process/capture.ts'

const file = join(repositoryRoot, 'ARCHITECTURE.md')
writeFileSync(file, renewLayerTable(readFileSync(file, 'utf8'), repositoryRoot))
