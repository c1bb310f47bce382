import assert from 'node:assert/strict'
import { isLowerCaseName, isName, parseMessage, RecordType, readUint16 } from '@cresset/dns-wire'
import { isSerialAfter } from '../serial.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { updateMessage } from '../testing/update-text.ts'
import { linesOf } from '../testing/zone-records.ts'
import { planUpdate } from './plan-update.ts'
import { parseUpdateGrant } from './update-grant.ts'
import { isUpdate, readUpdate } from './update-message.ts'
import { updateResponse } from './update-response.ts'

export const name = 'dns-update'

const zone = zoneOf(
  'example',
  `@ 60 SOA ns host 1 3600 600 604800 300
@ 60 NS ns
www 60 A 192.0.2.80
www 60 TXT "x"
alias 60 CNAME www
old 60 DNAME www
a.b 60 MX 10 www
`,
)
const lines = linesOf(zone.entries())
const grants = [parseUpdateGrant('k@example') ?? assert.fail()]

const updates = [
  'www.example 0 ANY A',
  'www.example 0 ANY ANY',
  'www.example 0 NONE TXT "x"',
  'new.example 60 IN TXT "y"',
  'alias.example 60 IN CNAME www.example.',
  'old.example 60 IN DNAME a.b.example.',
  'example 60 IN SOA ns.example. host.example. 9 3600 600 604800 300',
  'example 60 IN NS ns2.example.',
  'c.example 60 IN SRV 0 0 443 www.example.',
  'd.example 60 IN HTTPS 1 www.example. alpn=h2',
]
const prerequisites = ['www.example 0 ANY A', 'none.example 0 NONE ANY', 'www.example 0 IN TXT "x"']

export const seeds: readonly Uint8Array[] = [
  updateMessage({ zone: 'example' }),
  updateMessage({ zone: 'example', udpPayloadBytes: 1232 }),
  updateMessage({ zone: 'example', prerequisites, updates }),
  ...updates.map((update) => updateMessage({ zone: 'example', updates: [update] })),
  ...prerequisites.map((prerequisite) => updateMessage({ zone: 'example', prerequisites: [prerequisite] })),
]

/**
 * Whatever the message is: the response is well-formed and has no record; an update comes to nothing, or to a version with a greater
 * serial, one SOA and at least one server, in which nothing stands beside a CNAME or below a DNAME; and deciding changes nothing.
 */
export function run(bytes: Uint8Array): void {
  if (!isUpdate(bytes)) return
  const response = parseMessage(updateResponse(bytes, { rcode: 5, text: 'why' }, { transport: 'udp' }))
  assert(response.id === readUint16(bytes, 0) && response.opcode === 5 && response.flags.isResponse)
  assert.equal(response.answers.length + response.authorities.length + response.additionals.length, 0)
  const update = readUpdate(bytes)
  if (update === undefined) return
  const plan = planUpdate(zone, update.prerequisites, update.updates, grants)
  assert.deepEqual(linesOf(zone.entries()), lines)
  if (plan.kind === 'answer') {
    assert([0, 1, 3, 5, 6, 7, 8, 10].includes(plan.rcode), `code ${plan.rcode}`)
    return
  }
  const next = zoneOf('example', lines.join('\n'))
  for (const { owner, type, rrset } of plan.changes) {
    assert(isName(owner) && isLowerCaseName(owner))
    if (rrset === undefined) next.remove(owner, type)
    else next.put(rrset)
  }
  // What a file could not hold could not be written back.
  assert.deepEqual(linesOf(zoneOf('example', linesOf(next.entries()).join('\n')).entries()), linesOf(next.entries()))
  const serial = Number(/ SOA \S+ \S+ (\d+) /.exec(linesOf(next.entries()).join('\n'))?.[1])
  assert(isSerialAfter(serial, 1), 'the serial rises')
  assert.equal(next.rrsetsAt(next.apexOwner).find(({ type }) => type === RecordType.SOA)?.rdatas.length, 1)
  assert(next.rrset(next.apexOwner, RecordType.NS) !== undefined)
  for (const owner of next.owners()) {
    const types = next.types(owner)
    assert(!types.includes(RecordType.CNAME) || types.length === 1, 'nothing stands beside a CNAME')
    const parent = next.parent(owner)
    assert(parent < 0 || next.rrset(parent, RecordType.DNAME) === undefined, 'nothing stands below a DNAME')
  }
}
