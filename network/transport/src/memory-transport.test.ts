import { MemoryNetwork, type MemoryTransport } from './memory-transport.ts'
import { transportComplianceSuite } from './testing/compliance.ts'
import type { Transport } from './transport.ts'

let network = new MemoryNetwork()
let ids: string[] = []
let open: MemoryTransport[] = []

transportComplianceSuite('memory', {
  open: async (count, limits) => {
    network = new MemoryNetwork(limits)
    ids = Array.from({ length: count }, (_, index) => `${index}${index}`.repeat(32))
    open = ids.map((id) => network.transport(id, ids))
    await Promise.all(open.map((node) => node.start()))
    return open
  },
  reopen: async (transport: Transport) => {
    const node = network.transport(transport.self, ids)
    open.push(node)
    await node.start()
    return node
  },
  close: async () => {
    await Promise.all(open.map((node) => node.stop()))
    open = []
  },
})
