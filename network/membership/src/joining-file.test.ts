import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type JoiningFile, joiningFileFromJson, joiningFileToJson, joiningNodesMax } from './joining-file.ts'
import { MembershipError } from './membership-error.ts'

const node = {
  id: '01'.repeat(32),
  name: 'north',
  agreement: '192.0.2.1:7400',
  api: 'https://north.ns.acme:8400',
  tlsFingerprint: '02'.repeat(32),
}
const file: JoiningFile = {
  chainId: 'acme-0102030405060708',
  genesisDigest: '03'.repeat(32),
  height: 12,
  rootCertificate: new Uint8Array(700).fill(4),
  nodes: [node],
  certificate: undefined,
}

const plain = (): Record<string, unknown> => JSON.parse(joiningFileToJson(file))

describe('joining file', () => {
  it('reads back what it writes', () => {
    const whole = {
      ...file,
      certificate: new Uint8Array(600).fill(5),
      nodes: [node, { ...node, agreement: '[2001:db8::1]:1' }],
    }
    assert.deepEqual(joiningFileFromJson(joiningFileToJson(file)), file)
    assert.deepEqual(joiningFileFromJson(joiningFileToJson(whole)), whole)
  })

  it('names the field that is wrong, and the file', () => {
    const changes: [string, Record<string, unknown>][] = [
      ['version', { version: 2 }],
      ['chainId', { chainId: 'Acme' }],
      ['genesisDigest', { genesisDigest: '03' }],
      ['height', { height: -1 }],
      ['height', { height: '12' }],
      ['rootCertificate', { rootCertificate: 'PEM' }],
      ['certificate', { certificate: 7 }],
      ['nodes', { nodes: [] }],
      ['nodes', { nodes: new Array(joiningNodesMax + 1).fill(node) }],
      ['nodes[0].id', { nodes: [{ ...node, id: 'x' }] }],
      ['nodes[0].name', { nodes: [{ ...node, name: 'a b' }] }],
      ['nodes[0].agreement', { nodes: [{ ...node, agreement: '192.0.2.1' }] }],
      ['nodes[0].api', { nodes: [{ ...node, api: 'ftp://x' }] }],
      ['nodes[0].api', { nodes: [{ ...node, api: 'http://user@x:1' }] }],
      ['nodes[0].tlsFingerprint', { nodes: [{ ...node, tlsFingerprint: 'AB' }] }],
      ['nodes[0]', { nodes: [{ ...node, more: 1 }] }],
    ]
    for (const [field, change] of changes) {
      const refuses = (error: unknown): boolean =>
        error instanceof MembershipError &&
        error.code === 'joining-malformed' &&
        error.message.startsWith('join.json: ') &&
        error.message.includes(field)
      const json = JSON.stringify({ ...plain(), ...change })
      assert.throws(() => joiningFileFromJson(json, 'join.json'), refuses, field)
    }
  })

  it('refuses unknown and missing fields, other JSON and none, and too much', () => {
    const { height: _, ...missing } = plain()
    const more = JSON.stringify({ ...plain(), extra: 1 })
    for (const json of [more, JSON.stringify(missing), '[]', 'null', '', '{', ' '.repeat(262_145)]) {
      assert.throws(() => joiningFileFromJson(json), MembershipError)
    }
  })
})
