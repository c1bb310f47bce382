import assert from 'node:assert/strict'
import { transportComplianceSuite } from './testing/compliance.ts'
import { makeTestNodes, TestCluster } from './testing/test-nodes.ts'

const nodes = await makeTestNodes(3)
let cluster = new TestCluster([])

transportComplianceSuite('tls', {
  open: (count, limits) => {
    cluster = new TestCluster(nodes.slice(0, count), { limits: { ...limits, redialMinMs: 20, dialGraceMs: 20 } })
    return cluster.start()
  },
  reopen: async (stopped) => {
    const node = nodes.find(({ id }) => id === stopped.self)
    assert(node !== undefined)
    const again = cluster.make(node)
    await again.start()
    cluster.introduce()
    return again
  },
  close: () => cluster.close(),
})
