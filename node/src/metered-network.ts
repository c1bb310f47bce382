import type { CostMeter } from '@cresset/network-application'
import type { Network } from '@cresset/network-consensus/interface'

/** The links with the cost of sending booked as `wire`. What TLS costs on receipt happens before our code and stays in `other`. */
export function meteredNetwork(network: Network, meter: CostMeter): Network {
  return {
    self: network.self,
    peers: () => network.peers(),
    send: (peer, frame, priority) => meter.measure('wire', () => network.send(peer, frame, priority)),
    onFrame: (handler) => network.onFrame(handler),
    onPeer: (handler) => network.onPeer(handler),
  }
}
