import { test } from 'node:test'
import { skipWithout } from '../../../tools/system-tools.ts'
import { goToOtherNode } from '../other-node.ts'
import { startKnotSecondary } from '../secondary-servers.ts'

test(
  'Knot goes to another node and back, whose signatures differ under the same serials',
  {
    skip: skipWithout('knotd', 'dig'),
    timeout: 100_000,
  },
  (context) => goToOtherNode(context, startKnotSecondary),
)
