import { listFiles } from '../source/files.ts'
import type { CampaignPart } from './part.ts'
import { repeatTests } from './repeat-tests.ts'

/** Tests that end processes or cut writes at random points: named after it. */
function killTests(root: string): string[] {
  return listFiles(root).filter(
    (file) => /(kill|crash|power-loss)[a-z-]*\.test\.ts$/.test(file) && !file.startsWith('tools/'),
  )
}

export default {
  name: 'kills',
  description: 'kill, crash and power-loss tests again and again',
  weight: 3,
  available: (root) => killTests(root).length > 0,
  run: (context) => repeatTests(killTests(context.root), context),
} satisfies CampaignPart
