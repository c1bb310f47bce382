import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'

/** RFC 1034 section 6.1: what the server C.ISI.EDU holds, shortened to what its section 6.2 asks about. */
const store = storeOf({
  '.': `
.             IN  SOA  SRI-NIC.ARPA. HOSTMASTER.SRI-NIC.ARPA. ( 870611 1800 300 604800 86400 )
.             86400 NS  A.ISI.EDU.
              86400 NS  C.ISI.EDU.
              86400 NS  SRI-NIC.ARPA.
MIL.          86400 NS  SRI-NIC.ARPA.
              86400 NS  A.ISI.EDU.
EDU.          86400 NS  SRI-NIC.ARPA.
              86400 NS  C.ISI.EDU.
SRI-NIC.ARPA. 86400 A   26.0.0.73
              86400 A   10.0.0.51
              86400 MX  0 SRI-NIC.ARPA.
              86400 HINFO DEC-2060 TOPS20
ACC.ARPA.     86400 A   26.6.0.65
              86400 MX  10 ACC.ARPA.
USC-ISIC.ARPA. 86400 CNAME C.ISI.EDU.
73.0.0.26.IN-ADDR.ARPA. 86400 PTR SRI-NIC.ARPA.
A.ISI.EDU.    86400 A   26.3.0.103
C.ISI.EDU.    86400 A   10.0.0.52
`,
  'EDU.': `
EDU.  86400 SOA SRI-NIC.ARPA. HOSTMASTER.SRI-NIC.ARPA. ( 870729 1800 300 604800 86400 )
      86400 NS SRI-NIC.ARPA.
      86400 NS C.ISI.EDU.
UCI   172800 NS ICS.UCI
      172800 NS ROME.UCI
ICS.UCI  172800 A 192.5.19.1
ROME.UCI 172800 A 192.5.19.31
ISI   172800 NS VAXA.ISI
      172800 NS A.ISI
VAXA.ISI 172800 A 10.2.0.27
         172800 A 128.9.0.33
A.ISI    172800 A 26.3.0.103
C.ISI    172800 A 10.0.0.52
`,
})

test('6.2.1: an address query is answered authoritatively', () => {
  const reply = ask(store, 'SRI-NIC.ARPA. A')
  assert.equal(reply.rcode, 'NOERROR')
  assert.equal(reply.flags, 'aa')
  assert.deepEqual(reply.answer, ['SRI-NIC.ARPA. 86400 A 26.0.0.73', 'SRI-NIC.ARPA. 86400 A 10.0.0.51'])
  assert.deepEqual([reply.authority, reply.additional], [[], []])
})

test('6.2.3: a mail exchanger comes with its addresses', () => {
  const reply = ask(store, 'SRI-NIC.ARPA. MX')
  assert.deepEqual(reply.answer, ['SRI-NIC.ARPA. 86400 MX 0 SRI-NIC.ARPA.'])
  assert.deepEqual(reply.additional, ['SRI-NIC.ARPA. 86400 A 26.0.0.73', 'SRI-NIC.ARPA. 86400 A 10.0.0.51'])
})

test('6.2.4: a type that the name lacks is an empty answer', () => {
  const reply = ask(store, 'SRI-NIC.ARPA. NS')
  assert.equal(reply.rcode, 'NOERROR')
  assert.equal(reply.flags, 'aa')
  assert.deepEqual(reply.answer, [])
})

test('6.2.5: a name that does not exist is a name error', () => {
  const reply = ask(store, 'SIR-NIC.ARPA. A')
  assert.equal(reply.rcode, 'NXDOMAIN')
  assert.equal(reply.flags, 'aa')
  assert.match(reply.authority[0] ?? '', /^\. 3600 SOA sri-nic\.arpa\. /i)
})

test('6.2.6: a name below a delegation is a referral with addresses, not authoritative', () => {
  const reply = ask(store, 'BRL.MIL. A')
  assert.equal(reply.rcode, 'NOERROR')
  assert.equal(reply.flags, '')
  assert.deepEqual(reply.answer, [])
  assert.deepEqual(reply.authority, ['MIL. 86400 NS sri-nic.arpa.', 'MIL. 86400 NS a.isi.edu.'])
  assert.deepEqual(reply.additional, [
    'sri-nic.arpa. 86400 A 26.0.0.73',
    'sri-nic.arpa. 86400 A 10.0.0.51',
    'a.isi.edu. 172800 A 26.3.0.103',
  ])
})

test('6.2.7: an alias is followed into another zone, and to the referral at its end', () => {
  const reply = ask(store, 'USC-ISIC.ARPA. A')
  assert.equal(reply.rcode, 'NOERROR')
  assert.equal(reply.flags, 'aa')
  assert.deepEqual(reply.answer, ['USC-ISIC.ARPA. 86400 CNAME c.isi.edu.'])
  assert.deepEqual(reply.authority, ['isi.edu. 172800 NS vaxa.isi.edu.', 'isi.edu. 172800 NS a.isi.edu.'])
  assert.equal(reply.additional.length, 3)
})

test('6.2.8: a query for the alias itself does not follow it', () => {
  const reply = ask(store, 'USC-ISIC.ARPA. CNAME')
  assert.deepEqual(reply.answer, ['USC-ISIC.ARPA. 86400 CNAME c.isi.edu.'])
  assert.deepEqual(reply.authority, [])
})

test('4.3.2 step 2: of two zones the nearer ancestor answers', () => {
  const reply = ask(store, 'EDU. SOA')
  assert.equal(reply.flags, 'aa')
  assert.match(reply.answer[0] ?? '', / 870729 /)
})

test('4.2.1: data below a cut is glue and never an answer', () => {
  const reply = ask(store, 'ICS.UCI.EDU. A')
  assert.equal(reply.flags, '')
  assert.deepEqual(reply.answer, [])
  assert.deepEqual(reply.additional, ['ICS.UCI.EDU. 172800 A 192.5.19.1', 'rome.UCI.EDU. 172800 A 192.5.19.31'])
})

test('3.6.2: alias chains end at a loop, at a bound, and where the zones held here end', () => {
  const chain = Array.from({ length: 20 }, (_, index) => `c${index} CNAME c${index + 1}`).join('\n')
  const aliases = storeOf({
    'example.': `
@ SOA ns host 1 2 3 4 5
a CNAME b
b CNAME a
self CNAME self
out CNAME www.elsewhere.
gone CNAME nowhere
*.wild CNAME x.wild
${chain}
c20 A 192.0.2.1
`,
  })
  assert.deepEqual(ask(aliases, 'a.example. A').answer, [
    'a.example. 3600 CNAME b.example.',
    'b.example. 3600 CNAME a.example.',
  ])
  assert.deepEqual(ask(aliases, 'self.example. A').answer, ['self.example. 3600 CNAME self.example.'])
  assert.deepEqual(ask(aliases, 'y.wild.example. A').answer, [
    'y.wild.example. 3600 CNAME x.wild.example.',
    'x.wild.example. 3600 CNAME x.wild.example.',
  ])
  const out = ask(aliases, 'out.example. A')
  assert.deepEqual([out.rcode, out.answer.length, out.authority.length], ['NOERROR', 1, 0])
  const long = ask(aliases, 'c0.example. A')
  assert.deepEqual([long.rcode, long.answer.length], ['NOERROR', 9])
  const gone = ask(aliases, 'gone.example. A')
  assert.deepEqual([gone.rcode, gone.answer.length, gone.authority.length], ['NXDOMAIN', 1, 1])
})
