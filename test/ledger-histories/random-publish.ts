import type { Random } from '../../tools/fuzz/random.ts'
import { fullHost } from '../naive-ledger/names.ts'
import type { Act, CertificatePlan, PublishPlan, ServerPlan } from './history.ts'

const dayMs = 86_400_000

const goodHosts = ['', 'www', 'mail', 'a.b', 'b', '*', '*.b', '_dmarc', 'x.b'] as const
export const oddHosts = [
  'WWW',
  'www.',
  '.www',
  'a..b',
  '_443',
  '_4a',
  '_',
  '_a_b',
  'a.*',
  '**',
  '-a',
  'ab--c',
  'ns',
  'xn--bcher-kva',
  'xn--a',
  `${'a'.repeat(63)}.b`,
  `${'a'.repeat(64)}.b`,
  `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(40)}`,
  `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(52)}`,
  `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}`,
] as const

const goodAddresses = [
  '7f000001',
  '0a000001',
  'c0000201',
  `${'20010db8'}${'0'.repeat(23)}1`,
  `${'0'.repeat(31)}1`,
] as const
const oddAddresses = [
  '00000000',
  '00010203',
  'e0000001',
  'efffffff',
  'f0000001',
  'ffffffff',
  '7f0000000001',
  '0'.repeat(32),
  `${'0'.repeat(20)}ffff7f000001`,
  `${'0'.repeat(24)}7f000001`,
  `ff02${'0'.repeat(27)}1`,
] as const

/** Record sets in wire form, good ones and bad ones. */
const goodSets = [
  { type: 16, data: ['0568656c6c6f'] },
  { type: 16, data: ['0161', '0162'] },
  { type: 15, data: ['000a046d61696c0461636d6500'] },
  { type: 5, data: ['03777777046163' + '6d6500'] },
  { type: 2, data: ['026e730461636d6500'] },
  { type: 257, data: ['000569737375656361'] },
  { type: 65_300, data: ['00ff'] },
  { type: 33, data: ['00000000005003777777' + '0461636d6500'] },
] as const
export const oddSets = [
  { type: 1, data: ['7f000001'] },
  { type: 28, data: ['00'] },
  { type: 52, data: ['00'] },
  { type: 65, data: ['00'] },
  { type: 6, data: ['00'] },
  { type: 43, data: ['00'] },
  { type: 39, data: ['00'] },
  { type: 255, data: ['00'] },
  { type: 0, data: ['00'] },
  { type: 30_000, data: ['00'] },
  { type: 16, data: ['0568656c6c'] },
  { type: 16, data: ['0161', '0161'] },
  { type: 16, data: ['0161', '0161', '05'] },
  { type: 16, data: ['05', '05'] },
  { type: 16, ttl: 29, data: ['0161'] },
  { type: 16, ttl: 86_401, data: ['0161'] },
  { type: 16, data: Array.from({ length: 17 }, (_, index) => `ff${index.toString(16).padStart(2, '0').repeat(255)}`) },
  { type: 5, data: ['0161046163' + '6d6500', '0162046163' + '6d6500'] },
  { type: 15, data: ['000a044d61696c0461636d6500'] },
] as const

/** A host with nothing wrong about it, for the later steps to meet. */
function plainPublish(random: Random, name: string, owner: string): Act {
  const host = random.pick(['', 'www', 'mail'] as const)
  const keys = random.pick([['ph1'], ['ph2'], ['ph1', 'h3']])
  const servers = keys.map((key) => ({ key, addresses: [random.pick(goodAddresses)] }))
  const services = [[443, 0, true]] as const
  return { kind: 'publish', name, host, owner, overlap: randomOverlap(random), servers, services }
}

/** Replaces a host of a name, mostly soundly. */
export function randomPublish(random: Random, name: string, owner: string): Act {
  if (random.oneIn(3)) return plainPublish(random, name, owner)
  const host = randomHost(random)
  const head = { kind: 'publish' as const, name, host, owner, overlap: randomOverlap(random) }
  const ttl = random.oneIn(5) ? { ttl: random.pick([29, 30, 300, 86_400, 86_401]) } : {}
  if (random.oneIn(8)) return { ...head, ...ttl, ...(random.oneIn(4) ? { services: [[443, 0, true]] as const } : {}) }
  const servers = random.oneIn(3)
    ? []
    : Array.from({ length: random.pick([1, 1, 2]) }, () => randomServer(random, name, host))
  const some = random.oneIn(2) || servers.length === 0
  const recordSets = some ? Array.from({ length: random.pick([1, 1, 2]) }, () => recordSet(random)) : []
  const hasServices = servers.length > 0 ? random.oneIn(2) : random.oneIn(12)
  return {
    ...head,
    ...ttl,
    ...(servers.length > 0 ? { servers } : {}),
    ...(recordSets.length > 0 ? { recordSets } : {}),
    ...(hasServices ? { services: services(random) } : {}),
  }
}

function recordSet(random: Random): NonNullable<PublishPlan['recordSets']>[number] {
  return random.oneIn(4) ? random.pick(oddSets) : random.pick(goodSets)
}

function services(random: Random): NonNullable<PublishPlan['services']> {
  const one = (): readonly [number, number, boolean] =>
    random.oneIn(8)
      ? random.pick([[0, 0, false] as const, [53, 1, true] as const, [443, 0, true] as const])
      : ([random.pick([443, 8443, 853, 25]), random.below(2), false] as const)
  return [[random.pick([443, 80]), 0, random.oneIn(2)], ...Array.from({ length: random.below(3) }, one)]
}

export function randomHost(random: Random): string {
  return random.oneIn(10) ? random.pick(oddHosts) : random.pick(goodHosts)
}

export function randomAddress(random: Random): string {
  return random.oneIn(15) ? random.pick(oddAddresses) : random.pick(goodAddresses)
}

export function randomServer(random: Random, name: string, host: string): ServerPlan {
  const key = random.oneIn(6) ? random.pick(['e1', 'ph1', 'h3']) : hostKeyOf(name)
  const count = random.pick([1, 1, 2, 3])
  const addresses = Array.from({ length: count }, () => randomAddress(random))
  // Good addresses are few: without this most lists would have one twice.
  const distinct = random.oneIn(8) ? addresses : [...new Set(addresses)]
  const wrong = random.oneIn(12) ? { wrong: random.pick(['proof', 'key', 'owner'] as const) } : {}
  return {
    key,
    addresses: distinct,
    ...(random.oneIn(2) ? { certificate: certificate(random, key, name, host) } : {}),
    ...wrong,
  }
}

function certificate(random: Random, key: string, name: string, host: string): CertificatePlan {
  const right = fullHost(name, host)
  const plain = { key, host: /^[a-z0-9.*-]{1,100}$/.test(right) ? right : 'www.shop.acme' }
  if (!random.oneIn(4)) return plain
  return random.pick([
    { ...plain, key: key === 'ph1' ? 'ph2' : 'ph1' },
    { ...plain, host: 'www.other.acme' },
    { ...plain, host: `*.${name.length > 0 && name.length < 60 ? name.toLowerCase() : 'acme'}` },
    { ...plain, fromMs: 30 * dayMs },
    { ...plain, fromMs: -2 * dayMs, lifetimeMs: dayMs },
    { ...plain, lifetimeMs: 2 * 3_600_000 },
    { ...plain, damage: true },
  ])
}

/** The same key for a name whenever it is asked for, so that a registration and its first publish agree. */
export function hostKeyOf(name: string): string {
  return name.length % 2 === 0 ? 'ph1' : 'ph2'
}

/** Of the lengths mostly the short ones, so that they end within a history. */
export function randomOverlap(random: Random): number {
  return random.pick([0, 1, 1, 2, 2, 3, 4, 5])
}
