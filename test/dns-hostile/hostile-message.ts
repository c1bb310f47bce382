import { EdnsOptionCode, parseAbsoluteName, RecordClass, RecordType } from '@cresset/dns-wire'
import { Random } from '../../tools/fuzz/random.ts'
import { askedNames, tsigKey } from './hostile-zones.ts'
import {
  assemble,
  concat,
  HMAC_SHA256,
  type MessageParts,
  record,
  type TsigParts,
  tsigRecord,
  uint16,
  uint32,
} from './message-parts.ts'

export interface HostileMessage {
  /** What is wrong with it, for the table. */
  readonly kind: string
  readonly bytes: Uint8Array
}

const byName = (names: string): number[] => names.split(' ').map((name) => RecordType[name as keyof typeof RecordType])
const dataTypes = byName('A NS CNAME SOA MX TXT AAAA SRV DNAME DS RRSIG NSEC DNSKEY NSEC3 TLSA HTTPS ANY')
const metaTypes = byName('OPT TSIG TKEY IXFR AXFR MAILA MAILB NXNAME')
const classes = [0, 1, 3, 4, 254, 255, 0xffff]
const opcodes = { QUERY: 0, NOTIFY: 4, UPDATE: 5 }
const MAX_NAME_BYTES = 255

/** One message that no honest client sends, or hardly: the same for the same seed and index. */
export function hostileMessage(seed: number, index: number, nowSeconds: number): HostileMessage {
  const random = new Random(seed, index)
  const [kind, make] = random.pick(makers)
  return { kind, bytes: make(random, nowSeconds) }
}

type Make = (random: Random, nowSeconds: number) => Uint8Array

const makers: readonly (readonly [string, Make])[] = [
  ['noise', noise],
  ['noise behind a good header', (random) => concat(header(random), noise(random))],
  ['cut', (random, now) => cut(random, wellFormed(random, now))],
  ['bits changed', (random, now) => changed(random, wellFormed(random, now))],
  ['more bytes', (random, now) => concat(wellFormed(random, now), random.bytes(1 + random.below(40)))],
  ['piece doubled or left out', (random, now) => spliced(random, wellFormed(random, now))],
  ['counts that lie', (random, now) => withCounts(random, wellFormed(random, now))],
  ['flags and operation', (random, now) => withFlags(random, wellFormed(random, now))],
  ['type and class', (random) => assemble({ ...question(random), questions: [strangeQuestion(random)] })],
  ['several questions', severalQuestions],
  [
    'names that point',
    (random) => assemble({ ...question(random), questions: [concat(pointers(random), typeAndClass(random))] }),
  ],
  [
    'names too long',
    (random) => assemble({ ...question(random), questions: [concat(longName(random), typeAndClass(random))] }),
  ],
  ['EDNS options', (random) => assemble({ ...question(random), additionals: [opt(random)] })],
  ['EDNS records', (random) => assemble(withStrangeOpts(random))],
  ['cookies', (random) => assemble({ ...question(random), additionals: [cookieOpt(random)] })],
  ['TSIG', (random, now) => signed(random, now, question(random))],
  ['TSIG, and then changed', (random, now) => changed(random, signed(random, now, question(random)))],
  ['transfers', (random, now) => signed(random, now, transfer(random), true)],
  ['records where none belong', strayRecords],
  ['NOTIFY', (random, now) => signed(random, now, notify(random), true)],
  ['UPDATE', (random, now) => signed(random, now, update(random), true)],
  // So that most that comes behind a broken message is looked up, and the next broken one meets a server at work.
  ...Array.from({ length: 5 }, (): [string, Make] => ['good', wellFormed]),
]

export const hostileKinds: readonly string[] = [...new Set(makers.map(([kind]) => kind))]

function noise(random: Random): Uint8Array {
  // Mostly short; now and then up to the largest datagram that no loopback refuses.
  return random.bytes(random.below(random.oneIn(400) ? 60_000 : random.oneIn(4) ? 1_500 : 80))
}

function header(random: Random): Uint8Array {
  return concat(uint16(random.below(65_536)), Uint8Array.of(0, 0), ...[1, 0, 0, random.below(3)].map(uint16))
}

function typeAndClass(random: Random): Uint8Array {
  const type = random.pick(random.oneIn(8) ? metaTypes : dataTypes)
  return concat(uint16(type), uint16(random.oneIn(12) ? random.pick(classes) : RecordClass.IN))
}

function question(random: Random): MessageParts {
  const asked = concat(random.pick(askedNames), typeAndClass(random))
  const rest = { answers: [], authorities: [], additionals: [] }
  return { id: random.below(65_536), flags: random.oneIn(2) ? 0x100 : 0, questions: [asked], ...rest }
}

/** A message that may be sent: what others break. */
function wellFormed(random: Random, nowSeconds: number): Uint8Array {
  switch (random.below(6)) {
    case 0:
      return assemble(question(random))
    case 1:
      return signed(random, nowSeconds, question(random), true)
    case 2:
      return signed(random, nowSeconds, transfer(random), random.oneIn(2))
    case 3:
      return assemble({ ...question(random), additionals: [cookieOpt(random, random.oneIn(2) ? 8 : 24)] })
    default:
      return assemble({ ...question(random), additionals: [goodOpt(random)] })
  }
}

function goodOpt(random: Random): Uint8Array {
  const wants = [EdnsOptionCode.NSID, EdnsOptionCode.ZONEVERSION, EdnsOptionCode.KEEPALIVE]
  const rdata = random.oneIn(2) ? new Uint8Array() : concat(...wants.map((code) => concat(uint16(code), uint16(0))))
  return optRecord({ payload: random.pick([512, 1_232, 4_096, 65_535]), ttl: random.oneIn(2) ? 0x8000 : 0, rdata })
}

function optRecord({
  payload,
  ttl,
  rdata,
  length,
}: {
  payload: number
  ttl: number
  rdata: Uint8Array
  length?: number
}) {
  const root = Uint8Array.of(0)
  return record({
    owner: root,
    type: RecordType.OPT,
    class: payload,
    ttl,
    rdata,
    ...(length === undefined ? {} : { length }),
  })
}

function cookieOpt(random: Random, length = random.below(48)): Uint8Array {
  const cookie = random.bytes(length)
  // A version that counts, and a time that may.
  if (length === 24 && random.oneIn(2)) cookie.set([1, 0, 0, 0], 8)
  const option = concat(uint16(EdnsOptionCode.COOKIE), uint16(cookie.length), cookie)
  return optRecord({ payload: 1_232, ttl: 0, rdata: random.oneIn(4) ? concat(option, option) : option })
}

/** Options with lengths that lie, of all codes, many, large, or empty where they must not be. */
function opt(random: Random): Uint8Array {
  const options: Uint8Array[] = []
  const codes = [...Object.values(EdnsOptionCode), 1, 2, 5, 6, 7, 8, 9, 13, 14, 16, 17, 18, 20_292, 65_001, 65_535]
  for (let left = random.oneIn(10) ? random.below(200) : 1 + random.below(5); left > 0; left--) {
    const data = random.bytes(random.oneIn(20) ? random.below(600) : random.below(12))
    const length = random.oneIn(6) ? random.below(65_536) : data.length
    options.push(concat(uint16(random.pick(codes)), uint16(length), data))
  }
  const rdata = concat(...options)
  const lie = random.oneIn(6) ? { length: random.below(rdata.length + 20) } : {}
  return optRecord({ payload: random.pick([0, 511, 1_232, 65_535]), ttl: random.oneIn(2) ? 0x8000 : 0, rdata, ...lie })
}

/** Versions, all flags, two OPT records, one with a name, one in another section. */
function withStrangeOpts(random: Random): MessageParts {
  const parts = question(random)
  const empty = new Uint8Array()
  const strange = (): Uint8Array => {
    if (random.oneIn(3)) return optRecord({ payload: random.below(65_536), ttl: random.uint32(), rdata: empty })
    if (random.oneIn(2)) return goodOpt(random)
    const owner = random.oneIn(2) ? random.pick(askedNames) : pointers(random)
    return record({ owner, type: RecordType.OPT, class: 1_232, ttl: 0, rdata: random.bytes(random.below(9)) })
  }
  const section = random.pick(['answers', 'authorities', 'additionals', 'additionals', 'additionals'] as const)
  for (let left = 1 + random.below(3); left > 0; left--) parts[section].push(strange())
  return parts
}

/** Pointers to themselves, ahead, into the header, in chains and circles, and label types that do not exist. */
function pointers(random: Random): Uint8Array {
  const to = (offset: number): Uint8Array => uint16(0xc000 | offset)
  switch (random.below(6)) {
    case 0:
      return to(random.below(random.oneIn(2) ? 64 : 0x4000))
    case 1:
      return concat(...Array.from({ length: 1 + random.below(200) }, (_, index) => to(10 + 2 * index)))
    case 2:
      return concat(Uint8Array.of(1, 0x61), to(12))
    case 3:
      return concat(Uint8Array.of(random.pick([0x40, 0x41, 0x80, 0xbf])), random.bytes(4))
    case 4:
      return concat(to(14), to(12))
    default:
      return concat(random.pick(askedNames).subarray(0, -1), to(random.below(12)))
  }
}

/** At 255 bytes, over it, without an end, or of as many labels as there can be. */
function longName(random: Random): Uint8Array {
  const apex = random.pick(askedNames)
  const labelBytes = random.pick([1, 2, 62, 63])
  const label = concat(Uint8Array.of(labelBytes), random.bytes(labelBytes))
  const room = MAX_NAME_BYTES + random.below(5) - 2 - apex.length
  const count = random.oneIn(5) ? random.below(400) : Math.max(0, Math.floor(room / label.length))
  const name = concat(...Array.from({ length: count }, () => label), apex)
  return random.oneIn(6) ? name.subarray(0, -1) : name
}

function strangeQuestion(random: Random): Uint8Array {
  const type = random.oneIn(2) ? random.below(65_536) : random.pick([0, 128, 249, 250, 251, 252, 253, 254, 255, 65_535])
  return concat(random.pick(askedNames), uint16(type), uint16(random.oneIn(2) ? 1 : random.below(65_536)))
}

function severalQuestions(random: Random): Uint8Array {
  const parts = question(random)
  parts.questions = Array.from({ length: random.below(60) }, () =>
    concat(random.pick(askedNames), typeAndClass(random)),
  )
  return assemble(parts)
}

function strayRecords(random: Random): Uint8Array {
  const parts = question(random)
  for (let left = 1 + random.below(6); left > 0; left--)
    parts[random.pick(['answers', 'authorities', 'additionals'] as const)].push(someRecord(random))
  return assemble(parts)
}

function someRecord(random: Random): Uint8Array {
  const rdata = random.bytes(random.below(40))
  const lie = random.oneIn(5) ? { length: random.below(65_536) } : {}
  const owner = random.oneIn(4) ? pointers(random) : random.pick(askedNames)
  const itsClass = random.oneIn(3) ? random.pick(classes) : RecordClass.IN
  return record({
    owner,
    type: random.pick(random.oneIn(4) ? metaTypes : dataTypes),
    class: itsClass,
    ttl: random.uint32(),
    rdata,
    ...lie,
  })
}

/** AXFR and IXFR of zones that are here or not; the SOA of an IXFR is missing, cut, doubled or at another name. */
function transfer(random: Random): MessageParts {
  const parts = question(random)
  const apex = parseAbsoluteName(random.pick(['plain.test.', 'nsec.test.', 'nsec3.test.', 'www.plain.test.', '.']))
  const isIncremental = random.oneIn(2)
  parts.questions = [concat(apex, uint16(isIncremental ? RecordType.IXFR : RecordType.AXFR), uint16(RecordClass.IN))]
  if (isIncremental)
    for (let left = random.oneIn(4) ? random.below(4) : 1; left > 0; left--) parts.authorities.push(soa(random, apex))
  if (random.oneIn(2)) parts.additionals.push(random.oneIn(3) ? opt(random) : goodOpt(random))
  return parts
}

function soa(random: Random, apex: Uint8Array): Uint8Array {
  const serial = random.pick([0, 1, 2_026_112_100, 2_026_112_101, 2_026_112_102, 0x7fff_ffff, 0xffff_ffff])
  const name = random.oneIn(2) ? Uint8Array.of(0) : uint16(0xc00c)
  const whole = concat(name, name, uint32(serial), ...[1, 2, 3, 4].map(uint32))
  const rdata = random.oneIn(4) ? whole.subarray(0, random.below(whole.length)) : whole
  const owner = random.oneIn(5) ? random.pick(askedNames) : apex
  return record({ owner, type: RecordType.SOA, class: RecordClass.IN, ttl: 0, rdata })
}

function notify(random: Random): MessageParts {
  const parts = transfer(random)
  const [asked] = parts.questions as [Uint8Array]
  parts.questions = [concat(asked.subarray(0, -4), uint16(RecordType.SOA), asked.subarray(-2))]
  parts.flags = (opcodes.NOTIFY << 11) | 0x400
  if (random.oneIn(2)) parts.answers.push(soa(random, asked.subarray(0, -4)))
  return parts
}

/** RFC 2136: zone, prerequisites, changes; of classes that mean "none" and "any". */
function update(random: Random): MessageParts {
  const parts = question(random)
  parts.flags = opcodes.UPDATE << 11
  parts.questions = [
    concat(parseAbsoluteName(random.pick(['plain.test.', 'nsec.test.'])), uint16(RecordType.SOA), uint16(1)),
  ]
  for (const section of ['answers', 'authorities'] as const)
    for (let left = random.below(4); left > 0; left--) parts[section].push(someRecord(random))
  return parts
}

/** With a TSIG record behind it: a good one, or one that is wrong in one field or more. */
function signed(random: Random, nowSeconds: number, parts: MessageParts, isGood = false): Uint8Array {
  const message = assemble(parts)
  if (isGood && random.oneIn(3)) return message
  const good: TsigParts = {
    keyName: tsigKey.name,
    algorithm: HMAC_SHA256,
    timeSigned: nowSeconds,
    fudge: 300,
    macBytes: 32,
    error: 0,
    other: new Uint8Array(),
    class: 255,
    ttl: 0,
  }
  const tsig = isGood ? good : wrongTsig(random, good)
  const additionals = [...parts.additionals, tsigRecord(message, tsig)]
  if (!isGood && random.oneIn(8)) additionals.push(tsigRecord(message, tsig))
  if (!isGood && random.oneIn(8)) additionals.push(goodOpt(random))
  return assemble({ ...parts, additionals })
}

function wrongTsig(random: Random, good: TsigParts): TsigParts {
  const name = random.oneIn(2) ? pointers(random) : random.oneIn(2) ? longName(random) : random.pick(askedNames)
  const wrongs: Partial<TsigParts>[] = [
    { keyName: name },
    { algorithm: name },
    { timeSigned: good.timeSigned + random.below(4_000) - 2_000 },
    { timeSigned: random.below(65_536) * 2 ** 32 + random.uint32() },
    { fudge: random.below(65_536) },
    { macBytes: random.below(64) },
    { macLength: random.below(65_536) },
    { error: random.below(65_536) },
    { other: random.bytes(random.below(30)) },
    { otherLength: random.below(65_536) },
    { class: random.pick(classes), ttl: random.uint32() },
  ]
  let tsig = good
  for (let left = 1 + random.below(3); left > 0; left--) tsig = { ...tsig, ...random.pick(wrongs) }
  return tsig
}

function cut(random: Random, bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, random.below(bytes.length))
}

function changed(random: Random, bytes: Uint8Array): Uint8Array {
  for (let left = 1 + random.below(6); left > 0; left--) {
    const at = random.below(bytes.length)
    bytes[at] = random.oneIn(2)
      ? (bytes[at] as number) ^ (1 << random.below(8))
      : random.pick([0, 1, 0x3f, 0x40, 0xc0, 0xff])
  }
  return bytes
}

function spliced(random: Random, bytes: Uint8Array): Uint8Array {
  const start = random.below(bytes.length)
  const end = start + random.below(bytes.length - start + 1)
  return random.oneIn(2)
    ? concat(bytes.subarray(0, start), bytes.subarray(end))
    : concat(bytes.subarray(0, end), bytes.subarray(start))
}

function withCounts(random: Random, bytes: Uint8Array): Uint8Array {
  for (let left = 1 + random.below(3); left > 0; left--)
    bytes.set(uint16(random.oneIn(2) ? random.below(4) : random.below(65_536)), 4 + 2 * random.below(4))
  return bytes
}

function withFlags(random: Random, bytes: Uint8Array): Uint8Array {
  bytes.set(uint16(random.oneIn(3) ? random.pick(Object.values(opcodes)) << 11 : random.below(65_536)), 2)
  return bytes
}
