import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecordType } from '@cresset/dns-wire'
import { zoneRrsets } from './zone-rrsets.ts'

/** RFC 1982 section 3.2 with 32 bits, as a secondary compares. */
function isNewer(a: number, b: number): boolean {
  return (a < b && b - a > 2 ** 31) || (a > b && a - b < 2 ** 31)
}

function serialAt(height: number): number {
  const sets = zoneRrsets({
    zone: 'acme',
    servers: [{ node: 'node0', addresses: [Uint8Array.of(127, 0, 0, 1)] }],
    serial: height,
    ttlSeconds: 300,
    parameters: { soaRefreshSeconds: 60, soaRetrySeconds: 30, soaExpireSeconds: 86_400, soaMinimumSeconds: 30 },
  })
  const rdata = sets.find(({ type }) => type === RecordType.SOA)?.rdatas[0]
  assert.ok(rdata)
  return new DataView(rdata.buffer, rdata.byteOffset + rdata.length - 20, 4).getUint32(0)
}

test('RFC 1982: the serial of a later block is newer, across 2^31, 2^32 and far beyond', () => {
  for (const around of [2 ** 31, 2 ** 32, 2 ** 32 + 2 ** 31, 2 ** 33, 2 ** 52]) {
    for (let height = around - 3; height < around + 3; height++) {
      assert.equal(serialAt(height), Number(BigInt(height) % 2n ** 32n))
      // An hour of the fastest blocks lies between two serials at most: signatures are renewed by then.
      for (const step of [1, 2, 360, 100_000]) {
        assert.ok(isNewer(serialAt(height + step), serialAt(height)), `${height} + ${step}`)
        assert.ok(!isNewer(serialAt(height), serialAt(height + step)), `${height} + ${step}`)
      }
    }
  }
})
