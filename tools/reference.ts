/** npm run reference: renews the pages in docs/reference. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './process/capture.ts'
import { referencePages } from './reference/pages.ts'

const folder = join(repositoryRoot, 'docs/reference')
mkdirSync(folder, { recursive: true })
for (const [name, make] of Object.entries(referencePages)) writeFileSync(join(folder, name), await make())
