import { listFiles } from '../source/files.ts'
import type { CampaignPart } from './part.ts'
import { repeatTests } from './repeat-tests.ts'

/** Cluster tests of what goes wrong around the nodes: how they come out depends on the moment at which it does. */
const isFailureTest = (file: string): boolean =>
  /^test\/cluster\/(sick-node|bad-input-network|hostile-packets|economics)\.test\.ts$/.test(file)

const failureTests = (root: string): string[] => listFiles(root).filter(isFailureTest)

export default {
  name: 'failures',
  description:
    'full disks, wrong clocks, foreign genesis, broken starts and hostile packets on real clusters again and again',
  weight: 2,
  available: (root) => failureTests(root).length > 0,
  run: (context) => repeatTests(failureTests(context.root), context),
} satisfies CampaignPart
