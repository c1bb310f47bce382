import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeUint32 } from '@cresset/dns-wire'
import { ipv4Rest, proxyHeader } from '../testing/proxy-header.ts'
import { crc32c } from './crc32c.ts'
import { MAX_PROXY_HEADER_BYTES, readProxyHeader } from './proxy-header.ts'

const good = proxyHeader({ rest: ipv4Rest(198, 51, 100, 7) })
const ipv6 = (...tail: number[]): number[] => [0x20, 1, 0x0d, 0xb8, ...new Array(12 - tail.length).fill(0), ...tail]
const ipv6Rest = (source: number[]): number[] => [...source, ...ipv6(0x53), 1, 2, 0, 53]

test('the client of IPv4 and IPv6 headers, whatever the proxy was asked by; what follows is not of the header', () => {
  const query = Uint8Array.from([...good, 1, 2, 3])
  assert.deepEqual(readProxyHeader(query), { client: '198.51.100.7', length: 28 })
  const tcp = proxyHeader({ familyAndProtocol: 0x11, rest: ipv4Rest(198, 51, 100, 7) })
  assert.deepEqual(readProxyHeader(tcp), { client: '198.51.100.7', length: 28 })
  const six = proxyHeader({ familyAndProtocol: 0x22, rest: ipv6Rest(ipv6(9)) })
  assert.deepEqual(readProxyHeader(six), { client: '2001:db8::9', length: 52 })
})

test('an IPv4 client behind a mapped address is the same client', () => {
  const mapped = [...new Array(10).fill(0), 0xff, 0xff, 198, 51, 100, 7]
  assert.deepEqual(readProxyHeader(proxyHeader({ familyAndProtocol: 0x21, rest: ipv6Rest(mapped) })), {
    client: '198.51.100.7',
    length: 52,
  })
})

test('what a proxy asks for itself has no client, whatever stands in the header', () => {
  for (const rest of [[], [1, 2, 3], ipv4Rest(198, 51, 100, 7)])
    for (const familyAndProtocol of [0x00, 0x11, 0xff])
      assert.deepEqual(readProxyHeader(proxyHeader({ versionAndCommand: 0x20, familyAndProtocol, rest })), {
        client: undefined,
        length: 16 + rest.length,
      })
})

test('each part of a header is incomplete, and each byte of the signature and the version must be right', () => {
  for (let length = 0; length < good.length; length++)
    assert.equal(readProxyHeader(good.subarray(0, length)), 'incomplete', `${length}`)
  for (let index = 0; index < 13; index++) {
    const wrong = good.slice()
    wrong[index] = (wrong[index] as number) ^ 0x40
    assert.equal(readProxyHeader(wrong), 'malformed', `byte ${index}`)
    assert.equal(readProxyHeader(wrong.subarray(0, Math.min(index + 1, 12))), index < 12 ? 'malformed' : 'incomplete')
  }
})

test('hostile headers', () => {
  const rest = ipv4Rest(198, 51, 100, 7)
  for (const [what, bytes] of Object.entries({
    'version 1': new TextEncoder().encode('PROXY UDP4 198.51.100.7 192.0.2.53 4660 53\r\n'),
    'version 3': proxyHeader({ versionAndCommand: 0x31, rest }),
    'an unknown command': proxyHeader({ versionAndCommand: 0x22, rest }),
    'no family': proxyHeader({ familyAndProtocol: 0x02, rest }),
    'a path of a Unix socket': proxyHeader({ familyAndProtocol: 0x31, rest: new Array(216).fill(65) }),
    'no protocol': proxyHeader({ familyAndProtocol: 0x10, rest }),
    'an unknown protocol': proxyHeader({ familyAndProtocol: 0x13, rest }),
    'no room for the addresses': proxyHeader({ rest: rest.slice(1) }),
    'IPv6 in the room of IPv4': proxyHeader({ familyAndProtocol: 0x22, rest }),
    'an addition without its length': proxyHeader({ rest: [...rest, 4, 0] }),
    'an addition that runs out': proxyHeader({ rest: [...rest, 4, 0, 5, 1, 2, 3, 4] }),
    'a length that nothing can have': proxyHeader({ rest, restBytes: 65_535 }),
    'a byte too much': proxyHeader({ rest: [...rest, ...new Array(MAX_PROXY_HEADER_BYTES - 27).fill(0)] }),
    'a DNS query': Uint8Array.from([0x0d, 0x0a, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]),
  }))
    assert.equal(readProxyHeader(bytes), 'malformed', what)
  const valueBytes = MAX_PROXY_HEADER_BYTES - good.length - 3
  const longest = [...rest, 4, valueBytes >> 8, valueBytes & 255, ...new Array(valueBytes).fill(0)]
  assert.deepEqual(readProxyHeader(proxyHeader({ rest: longest })), { client: '198.51.100.7', length: 536 })
})

test('a checksum must be right where there is one', () => {
  assert.equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283)
  const header = proxyHeader({ rest: [...ipv4Rest(198, 51, 100, 7), 4, 0, 1, 7, 3, 0, 4, 0, 0, 0, 0] })
  assert.equal(readProxyHeader(header), 'malformed')
  writeUint32(header, header.length - 4, crc32c(header))
  for (const bytes of [header, Buffer.from(header)])
    assert.deepEqual(readProxyHeader(bytes), { client: '198.51.100.7', length: header.length })
  for (let index = 16; index < header.length; index++) {
    const changed = header.slice()
    changed[index] = (changed[index] as number) ^ 1
    // Making the type another one makes it an addition that says nothing.
    assert.equal(typeof readProxyHeader(changed) === 'string', index !== header.length - 7, `byte ${index}`)
  }
  const short = proxyHeader({ rest: [...ipv4Rest(198, 51, 100, 7), 3, 0, 2, 0, 0] })
  assert.equal(readProxyHeader(short), 'malformed')
})
