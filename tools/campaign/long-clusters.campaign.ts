import { listFiles } from '../source/files.ts'
import { isLongTest } from '../test-parts.ts'
import type { CampaignPart } from './part.ts'
import { repeatTests } from './repeat-tests.ts'

/** Guides first: whoever follows one must find what it shows. */
function longTests(root: string): string[] {
  const files = listFiles(root).filter(isLongTest)
  const isGuide = (file: string): boolean => file.endsWith('-guide.test.ts')
  return [...files.filter(isGuide), ...files.filter((file) => !isGuide(file))]
}

export default {
  name: 'long-clusters',
  description: 'the commands of all guides, and what takes minutes to be seen, on real clusters',
  weight: 2,
  available: (root) => longTests(root).length > 0,
  run: (context) => repeatTests(longTests(context.root), context),
} satisfies CampaignPart
