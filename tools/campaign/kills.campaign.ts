import { killTestFiles } from '../test-parts.ts'
import type { CampaignPart } from './part.ts'
import { repeatTests } from './repeat-tests.ts'

export default {
  name: 'kills',
  description: 'kill, crash and power-loss tests again and again',
  weight: 3,
  available: (root) => killTestFiles(root).length > 0,
  run: (context) => repeatTests(killTestFiles(context.root), context),
} satisfies CampaignPart
