import { utf8 } from '@cresset/core-codec'
import { type KeyPair, sha256 } from '@cresset/core-crypto'
import { newKeysText, newNodeText } from '../naive-ledger/membership.ts'
import type { NaiveChange } from '../naive-ledger/transaction.ts'
import { historyChainId, otherChainId } from './genesis.ts'
import type { ChangePlan, NodeKeysPlan } from './history.ts'
import { accountNamed, keyNamed } from './keys.ts'
import { signPlainly } from './sign.ts'

/** What a plan wants members to vote on, with what is wrong about it. */
export function changeBody(plan: ChangePlan, height: number): NaiveChange {
  switch (plan.kind) {
    case 'addNode': {
      const { name, roles, level, wrong } = plan
      const properties = { roles, level, endpoints: endpointsOf(name, wrong) }
      const node = { name: wrong === 'name' ? `${name}-` : name, organization: 'Ö', ...properties, ...keysOf(plan) }
      const text = newNodeText(wrong === 'chain' ? otherChainId : historyChainId, node)
      return { kind: 'addNode', body: { ...node, proofs: proofsOf(plan, text) } }
    }
    case 'setNodeKeys': {
      const keys = { node: accountNamed(plan.node), ...keysOf(plan) }
      const text = newKeysText(plan.wrong === 'chain' ? otherChainId : historyChainId, keys)
      return { kind: 'setNodeKeys', body: { ...keys, proofs: proofsOf(plan, text) } }
    }
    case 'setNodeProperties': {
      const { node, roles, level, wrong } = plan
      return {
        kind: 'setNodeProperties',
        body: { node: accountNamed(node), roles, level, endpoints: endpointsOf(node, wrong) },
      }
    }
    case 'parameters':
      return {
        kind: 'parameters',
        body: { changes: plan.changes.map(([name, value]) => ({ name, value: BigInt(value) })) },
      }
    case 'issueMoney':
      return { kind: 'issueMoney', body: { to: accountNamed(plan.to), amount: BigInt(plan.amount) } }
    case 'setZoneAnchors': {
      const keys = plan.anchors.map((name) => keyNamed(name).publicKey)
      // All ones is no point of the curve.
      const anchors = plan.wrong === 'key' ? keys.map((key) => key.map((byte, at) => (at === 0 ? byte : 0xff))) : keys
      return { kind: 'setZoneAnchors', body: { zone: plan.zone, anchors } }
    }
    case 'upgrade':
      return { kind: 'upgrade', body: { version: plan.version, height: height + plan.blocks } }
    default:
      return { kind: plan.kind, body: { node: accountNamed(plan.node) } }
  }
}

function endpointsOf(name: string, wrong: string | undefined) {
  const dns = wrong === 'endpoint' ? `${name}:0` : `[2001:db8::1]:53`
  return { agreement: `${name}.example:1`, api: `https://${name}.example:2`, dns }
}

const usesOf = ({ keys, kept = {} }: NodeKeysPlan): [KeyPair, KeyPair, KeyPair] => [
  keyNamed(kept.identity ?? `${keys}i`),
  keyNamed(kept.consensus ?? `${keys}c`),
  keyNamed(`${keys}d`),
]

function keysOf(plan: NodeKeysPlan) {
  const [identity, consensus, dns] = usesOf(plan)
  const { wrong } = plan
  return {
    // All ones is no point of the curve.
    identityKey: wrong === 'key' ? identity.publicKey.map((byte, at) => (at === 0 ? byte : 0xff)) : identity.publicKey,
    consensusKey: wrong === 'type' ? keyNamed(`p${plan.keys}`).publicKey : consensus.publicKey,
    tls: sha256(utf8(`tls of ${plan.keys}`)),
    dnsKeys: [wrong === 'twice' ? identity.publicKey : dns.publicKey],
  }
}

function proofsOf(plan: NodeKeysPlan, text: Uint8Array): Uint8Array[] {
  const proofs = usesOf(plan).map((pair) => signPlainly(pair, text))
  return plan.wrong === 'proof' ? proofs.slice(1) : proofs
}
