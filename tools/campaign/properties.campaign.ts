import { readText } from '../source/files.ts'
import { isKillTest, unitTestFiles } from '../test-parts.ts'
import type { CampaignPart } from './part.ts'
import { repeatTests } from './repeat-tests.ts'

function propertyTests(root: string): string[] {
  return unitTestFiles(root).filter((file) => !isKillTest(file) && readText(root, file).includes("from 'fast-check'"))
}

export default {
  name: 'properties',
  description: 'property tests with fresh seeds',
  weight: 2,
  available: (root) => propertyTests(root).length > 0,
  run: (context) => repeatTests(propertyTests(context.root), context),
} satisfies CampaignPart
