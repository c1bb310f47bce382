import assert from 'node:assert/strict'
import { checkRdata, formatRdata, parseRdata, readUint16, WireError } from '../index.ts'

export const name = 'dns-rdata'

const typed: [number, string][] = [
  [1, '192.0.2.1'],
  [6, 'ns.acme. host.acme. 1 2 3 4 5'],
  [15, '10 mail.acme.'],
  [16, '"text" "more"'],
  [29, '42 21 54 N 71 6 18 W -24m 30m'],
  [33, '1 2 3 host.acme.'],
  [35, '1 2 "s" "x" "" a.'],
  [37, 'PKIX 0 0 AAAA'],
  [46, 'A 15 2 300 20260101000000 20250101000000 1 acme. AAAA'],
  [47, 'a. A NS TYPE1234'],
  [50, '1 0 0 aabb 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG'],
  [52, `3 1 1 ${'ab'.repeat(32)}`],
  [64, '1 . alpn=h2,h3 mandatory=alpn,port port=53 ipv4hint=192.0.2.1 dohpath=/q{?dns}'],
  [257, '0 issue "ca.example"'],
]

/** Two bytes of type, then RDATA. */
export const seeds: readonly Uint8Array[] = typed.map(([type, text]) =>
  Uint8Array.from([type >> 8, type & 255, ...parseRdata(type, text)]),
)

/** The check never throws and gives one verdict; RDATA that it accepts survives text; the bytes as text parse or are refused. */
export function run(bytes: Uint8Array): void {
  if (bytes.length < 2) return
  const type = readUint16(bytes, 0)
  const rdata = bytes.slice(2)
  const code = checkRdata(type, rdata)
  assert.equal(checkRdata(type, rdata.slice()), code)
  const text = formatRdata(type, rdata)
  if (code === undefined) assert.deepEqual(parseRdata(type, text), rdata)
  try {
    const parsed = parseRdata(type, String.fromCharCode(...rdata.subarray(0, 2000)))
    assert(checkRdata(type, parsed) === undefined || checkRdata(type, parsed) === 'type-refused')
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
}
