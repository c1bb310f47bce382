import assert from 'node:assert/strict'
import test from 'node:test'
import { fromHex, toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { AddressRange } from './address-ranges.ts'
import {
  chainIdOf,
  type Genesis,
  genesisCodec,
  genesisDigest,
  genesisProblem,
  nodeIdOf,
  validatorsOf,
} from './genesis.ts'
import { GenesisError } from './genesis-error.ts'
import { genesisFromJson, genesisToJson } from './genesis-json.ts'
import { genesisOf, keyOf } from './testing/material.ts'

const genesis = genesisOf(4)

test('JSON gives back the same genesis, digest and chain id', () => {
  const again = genesisFromJson(genesisToJson(genesis))
  assert.deepEqual(again, genesis)
  assert.equal(chainIdOf(again), `first-light-${toHex(genesisDigest(genesis)).slice(0, 16)}`)
  assert.equal(genesisToJson(again), genesisToJson(genesis))
})

test('the digest covers the canonical CBOR, so the spelling of the JSON does not matter', () => {
  const respelled = JSON.stringify(JSON.parse(genesisToJson(genesis)))
  const reordered = genesisToJson(genesis)
    .replace(/^\{\n {2}"version": 1,/, '{')
    .replace(/\n\}\n$/, ',\n  "version": 1}')
  for (const text of [respelled, reordered]) {
    assert.deepEqual(genesisDigest(genesisFromJson(text)), genesisDigest(genesis))
  }
})

function range(prefix: string, prefixBits: number): AddressRange {
  return { prefix: fromHex(prefix), prefixBits, organization: 'Acme', holder: new Uint8Array(32).fill(1) }
}

test('address ranges come through JSON, end where a reverse zone can, and do not overlap', () => {
  const ipv6 = range(`20010db8${'0'.repeat(24)}`, 32)
  const good = { ...genesis, addressRanges: [range('7f000000', 8), range('c0000200', 24), ipv6] }
  assert.deepEqual(genesisFromJson(genesisToJson(good)), good)
  const cases: [AddressRange[], RegExp][] = [
    [[range('7f00', 8)], /^addressRanges\[0\]\.prefix: an address has 4 or 16 bytes$/],
    [[range('7f000000', 12)], /^addressRanges\[0\]\.prefixBits: 12 is not 8, 16 or 24$/],
    [[range('7f000000', 32)], /^addressRanges\[0\]\.prefixBits: 32 is not/],
    [[{ ...ipv6, prefixBits: 33 }], /^addressRanges\[0\]\.prefixBits: 33 is not a multiple of 4/],
    [[range('7f010000', 8)], /^addressRanges\[0\]\.prefix: bits behind the prefix are not 0$/],
    [[ipv6, range('7f000000', 8), range('7f010000', 16)], /^addressRanges\[2\]: it overlaps with addressRanges\[1\]$/],
  ]
  for (const [addressRanges, expected] of cases)
    assert.match(genesisProblem({ ...genesis, addressRanges }) ?? '', expected)
  for (const zone of ['0.127.in-addr.arpa', 'ip6.arpa', 'arpa'])
    assert.match(genesisProblem({ ...genesis, zones: [zone] }) ?? '', /is for addresses/)
})

test('every field changes the digest', () => {
  const seen = new Set([toHex(genesisDigest(genesis))])
  const changes: Partial<Genesis>[] = [
    { name: 'other' },
    { timeMs: genesis.timeMs + 1 },
    { zones: ['acme'] },
    { nodes: genesis.nodes.slice(0, 3) },
    { balances: [] },
    { rootCertificate: new Uint8Array(1) },
    { addressRanges: [range('7f000000', 8)] },
    { parameters: { ...genesis.parameters, bond: 2n } },
  ]
  for (const change of changes) {
    const digest = toHex(genesisDigest({ ...genesis, ...change }))
    assert.ok(!seen.has(digest), Object.keys(change)[0])
    seen.add(digest)
  }
})

test('the canonical encoding decodes to the same genesis', () => {
  assert.deepEqual(genesisCodec.decode(genesisCodec.encode(genesis)), genesis)
})

test('under majority only nodes of the voting level vote, under pbft all that have the role', () => {
  const nodes = genesis.nodes.map((node, index) => ({ ...node, securityLevel: index }))
  const validators = genesis.nodes.filter(({ roles }) => roles.includes('transaction')).length
  const parameters = { ...genesis.parameters, votingLevel: 1 }
  assert.equal(validatorsOf({ ...genesis, nodes, parameters, engine: 'pbft' }).totalPower, validators)
  const set = validatorsOf({ ...genesis, nodes, parameters, engine: 'majority' })
  assert.equal(set.rule, 'majority')
  assert.equal(
    set.totalPower,
    nodes.filter(({ roles, securityLevel }) => roles.includes('transaction') && securityLevel >= 1).length,
  )
  assert.ok(set.totalPower < validators)
  const low = genesis.nodes.map((node) => ({ ...node, securityLevel: 0 }))
  assert.match(
    genesisProblem({ ...genesis, nodes: low, parameters, engine: 'majority' }) ?? '',
    /^nodes: none .* security level 1,/,
  )
})

test('a bad file is refused with one line that names the field', () => {
  type Json = Record<string, unknown>
  const at = (json: Json, list: string, index: number): Json => (json[list] as Json[])[index] as Json
  const cases: [change: (json: Json) => void, expected: RegExp][] = [
    [(json) => Reflect.deleteProperty(json, 'zones'), /^genesis: field zones is missing$/],
    [(json) => Object.assign(json, { extra: 1 }), /^genesis: unknown field "extra"$/],
    [(json) => Object.assign(json, { version: 3 }), /^genesis\.version: 3 is not known/],
    [(json) => Object.assign(json, { timeMs: 1.5 }), /^genesis\.timeMs: expected a whole number$/],
    [
      (json) => Object.assign(json, { engine: 'work' }),
      /^genesis\.engine: "work" is not one of pbft, majority, stake$/,
    ],
    [(json) => Object.assign(json, { name: 'Upper' }), /^genesis\.name: "Upper" is not a label/],
    [(json) => Object.assign(json, { zones: [] }), /^genesis\.zones: 0 items/],
    [(json) => Object.assign(json, { zones: ['a', 'x.a'] }), /^genesis\.zones\[1\]: x\.a lies within a$/],
    [(json) => Object.assign(json, { zones: ['a..b'] }), /^genesis\.zones\[0\]: a\.\.b is not a domain name$/],
    [
      (json) => Object.assign(json, { balances: [{ account: '00', amount: '1' }] }),
      /^genesis\.balances\[0\]\.account: /,
    ],
    [
      (json) => Object.assign(at(json, 'balances', 0), { amount: 5 }),
      /^genesis\.balances\[0\]\.amount: expected a whole number in quotes/,
    ],
    [
      (json) => Object.assign(at(json, 'balances', 0), { amount: '18446744073709551615' }),
      /^genesis\.balances: their sum .* is over /,
    ],
    [
      (json) => Object.assign(json, { balances: [at(json, 'balances', 0), at(json, 'balances', 0)] }),
      /^genesis\.balances\[1\]\.account: the same account as balances\[0\]\.account$/,
    ],
    [
      (json) => Object.assign(at(json, 'nodes', 1), { name: 'node0' }),
      /^genesis\.nodes\[1\]\.name: the same name as name$/,
    ],
    [
      (json) => Object.assign(at(json, 'nodes', 1), { consensusKey: at(json, 'nodes', 0)['identityKey'] }),
      /^genesis\.nodes\[1\]\.consensusKey: the same key as /,
    ],
    [
      (json) => Object.assign(at(json, 'nodes', 0), { consensusKey: `01${'00'.repeat(32)}` }),
      /^genesis\.nodes\[0\]\.consensusKey: /,
    ],
    [
      (json) => Object.assign(at(json, 'nodes', 0), { roles: ['king'] }),
      /^genesis\.nodes\[0\]\.roles\[0\]: "king" is not /,
    ],
    [
      (json) => Object.assign(at(json, 'nodes', 0)['endpoints'] as Json, { api: '127.0.0.1:80' }),
      /^genesis\.nodes\[0\]\.endpoints\.api: .* is not http\(s\):\/\/host:port$/,
    ],
    [
      (json) => Object.assign(at(json, 'nodes', 0)['endpoints'] as Json, { dns: '127.0.0.1:99999' }),
      /^genesis\.nodes\[0\]\.endpoints\.dns: /,
    ],
    [
      (json) => Object.assign(json['parameters'] as Json, { feeEveryBlocks: 9 }),
      /^genesis\.parameters\.feeEveryBlocks: 9 is not/,
    ],
    [
      (json) => Object.assign(json['parameters'] as Json, { minTtlSeconds: 400 }),
      /^genesis\.parameters: minTtlSeconds must not be over defaultTtlSeconds$/,
    ],
  ]
  for (const [change, expected] of cases) {
    const json = JSON.parse(genesisToJson(genesis))
    change(json)
    assert.throws(
      () => genesisFromJson(JSON.stringify(json)),
      (error) => {
        assert.ok(error instanceof GenesisError, String(error))
        assert.match(error.message, expected)
        assert.ok(!error.message.includes('\n'))
        return true
      },
    )
  }
  assert.throws(() => genesisFromJson('{"version": 1'), /^GenesisError: genesis: not JSON/)
})

test('validators are the transaction nodes, sorted by key, each earning on its own account', () => {
  const nodes = genesisOf(5).nodes.map((node, index) => (index === 2 ? { ...node, roles: ['client' as const] } : node))
  const set = validatorsOf({ ...genesis, nodes })
  assert.equal(set.validators.length, 4)
  const keys = set.validators.map(({ key }) => toHex(key))
  assert.deepEqual(keys, [...keys].sort())
  assert.ok(!keys.includes(toHex(keyOf('consensus 2').publicKey)))
  const first = set.validators[0]!
  const owner = nodes.find((node) => toHex(node.consensusKey) === toHex(first.key))!
  assert.deepEqual(first.account, accountOf(owner.identityKey))
})

test('a genesis in which nobody votes is refused', () => {
  const nodes = genesis.nodes.map((node) => ({ ...node, roles: ['client' as const] }))
  assert.match(genesisProblem({ ...genesis, nodes }) ?? '', /nobody would vote/)
})

test('stakes: version 2 of the file, power by the unit, and only where stake decides', () => {
  const nodes = genesis.nodes
  const unit = genesis.parameters.stakeUnit
  const stakes = [5n * unit + unit / 2n, unit, 2n ** 62n].map((amount, index) => ({
    node: nodeIdOf(nodes[index]!),
    amount,
  }))
  const parameters = { ...genesis.parameters, stakeUnit: unit }
  const staked: Genesis = { ...genesis, engine: 'stake', balances: [], parameters, stakes }
  assert.equal(genesisProblem(staked), undefined)
  assert.deepEqual(genesisCodec.decode(genesisCodec.encode(staked)), staked)
  assert.deepEqual(genesisFromJson(genesisToJson(staked)), staked)
  assert.equal(JSON.parse(genesisToJson(staked)).version, 2)
  assert.equal(JSON.parse(genesisToJson(genesis)).version, 1)
  const powers = new Map(validatorsOf(staked).validators.map(({ nodeId, power }) => [toHex(nodeId), power]))
  assert.deepEqual(
    nodes.slice(0, 4).map((node) => powers.get(toHex(nodeIdOf(node)))),
    [5, 1, Number(2n ** 62n / unit), undefined],
    'who staked nothing does not vote',
  )
  const [first] = stakes
  const cases: [Partial<Genesis>, RegExp][] = [
    [{ engine: 'pbft' }, /^stakes: the engine pbft counts none/],
    [{ stakes: [first!, first!] }, /^stakes\[1\]\.node: listed twice/],
    [{ stakes: [{ ...first!, amount: unit - 1n }] }, /^stakes\[0\]\.amount: .* less than one stakeUnit/],
    [{ stakes: [{ ...first!, node: new Uint8Array(32) }] }, /^stakes\[0\]\.node: not a node that may vote/],
    [{ stakes: [{ ...first!, amount: 2n ** 63n }] }, /^balances: their sum/],
  ]
  for (const [over, expected] of cases) assert.match(genesisProblem({ ...staked, ...over }) ?? '', expected)
  const { stakes: _, ...none } = staked
  assert.match(genesisProblem(none) ?? '', /^stakes: with the engine stake somebody must have some/)
})
