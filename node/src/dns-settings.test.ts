import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { dnsSettingsFromOptions, readDnsSettings } from './dns-settings.ts'
import { type NodeFile, nodeFileFromJson, nodeFileToJson } from './folder/node-file.ts'

const fail = (field: string, problem: string): never => {
  throw new Error(`${field}: ${problem}`)
}
const listen = { host: '127.0.0.1', port: 5398 }
const prefix = { bytes: Uint8Array.of(192, 0, 2, 0), bits: 24 }

test('settings come from JSON and from options alike, under the names of "dns serve"', () => {
  const json = {
    maxUdpSize: 4_096,
    nsid: 'ns west',
    proxyListen: ['127.0.0.1:5398'],
    proxyFrom: ['192.0.2.0/24'],
    rateLimit: 0,
    rateLimitSlip: 10,
    queryLog: 'queries',
    queryLogSample: 100,
    control: 'run/dns.sock',
    tsigKey: ['keys/secondary.key'],
    allowTransfer: ['192.0.2.0/24'],
    notify: ['key@192.0.2.53:5300'],
    catalog: 'Catalog.example',
    transferZone: ['acme'],
  }
  const expected = {
    ...json,
    proxyListen: [listen],
    proxyFrom: [prefix],
    allowTransfer: [prefix],
    notify: [{ address: '192.0.2.53', port: 5_300, keyName: 'key' }],
    catalog: parseAbsoluteName('catalog.example'),
    transferZone: [parseAbsoluteName('acme')],
  }
  assert.deepEqual(readDnsSettings(json, fail), expected)
  const options = {
    'max-udp-size': '4096',
    nsid: 'ns west',
    'proxy-listen': ['127.0.0.1:5398'],
    'proxy-from': ['192.0.2.0/24'],
    'rate-limit': '0',
    'rate-limit-slip': '10',
    'query-log': 'queries',
    'query-log-sample': '100',
    control: 'run/dns.sock',
    'tsig-key': ['keys/secondary.key'],
    'allow-transfer': ['192.0.2.0/24'],
    notify: ['key@192.0.2.53:5300'],
    catalog: 'Catalog.example',
    'transfer-zone': ['acme'],
  }
  assert.deepEqual(dnsSettingsFromOptions(options, fail), expected)
  assert.deepEqual(dnsSettingsFromOptions({ 'rate-limit': undefined }, fail), {})
})

test('what is wrong is told by its field, or by its option', () => {
  const wrong: [object | string, RegExp][] = [
    ['x', /^Error: : expected an object$/],
    [[], /^Error: : expected an object$/],
    [{ ratelimit: 5 }, /^Error: ratelimit: there is no such setting; there are .*, rateLimit,/],
    [{ maxUdpSize: 511 }, /^Error: maxUdpSize: give a whole number from 512 to 65535$/],
    [{ rateLimit: '200' }, /^Error: rateLimit: give a whole number from 0 to 1000000$/],
    [{ rateLimit: 1.5 }, /^Error: rateLimit:/],
    [{ rateLimitSlip: 11 }, /^Error: rateLimitSlip: give a whole number from 0 to 10$/],
    [{ queryLogSample: 0 }, /^Error: queryLogSample:/],
    [{ queryLog: '' }, /^Error: queryLog: give a path$/],
    [{ control: true }, /^Error: control: give a path$/],
    [{ nsid: 'ü' }, /^Error: nsid: give 1 to 64 printable ASCII characters$/],
    [{ proxyListen: '127.0.0.1:53' }, /^Error: proxyListen: give a list of up to 64$/],
    [{ proxyListen: ['nowhere'], proxyFrom: ['::1'] }, /^Error: proxyListen: "nowhere": give an address and a port/],
    [{ proxyListen: ['[::1]:0'], proxyFrom: ['::1/0'] }, /^Error: proxyFrom: "::1\/0": give an address or a prefix/],
    [{ proxyFrom: ['::1'] }, /^Error: proxyFrom: .*belong together/],
    [{ proxyListen: ['[::1]:0'] }, /^Error: proxyListen: .*belong together/],
    [{ tsigKey: [''] }, /^Error: tsigKey: "": give the path of a file/],
    [{ allowTransfer: ['all'] }, /^Error: allowTransfer: "all": give an address or a prefix/],
    [{ notify: ['ns.example'] }, /^Error: notify: "ns.example": give an address, such as/],
    [{ catalog: 'a..b' }, /^Error: catalog: give a domain name$/],
    [{ transferZone: [7] }, /^Error: transferZone: 7: give a domain name$/],
  ]
  for (const [value, message] of wrong) assert.throws(() => readDnsSettings(value, fail), message)
  assert.throws(
    () => dnsSettingsFromOptions({ 'max-udp-size': 'x' }, fail),
    /^Error: --max-udp-size: give a whole number/,
  )
  assert.throws(
    () => dnsSettingsFromOptions({ 'proxy-from': ['::1'] }, fail),
    /^Error: --proxy-from: .*belong together/,
  )
})

test('node.json keeps them, and refuses them where the node answers no DNS', () => {
  const file: NodeFile = {
    name: 'west',
    genesis: 'genesis.json',
    listen: { agreement: { host: '127.0.0.1', port: 1 }, api: undefined, dns: { host: '127.0.0.1', port: 2 } },
    logLevel: 'info',
    dns: { rateLimit: 50, control: 'dns.sock' },
  }
  assert.deepEqual(nodeFileFromJson(nodeFileToJson(file), 'node.json'), file)
  const refused = (change: object, message: RegExp): void =>
    assert.throws(() => nodeFileFromJson(nodeFileToJson({ ...file, ...change }), 'node.json'), message)
  refused({ dns: { rateLimit: -1 } }, /^StartError: node\.json: dns\.rateLimit: give a whole number from 0/)
  refused({ listen: { ...file.listen, dns: undefined } }, /listen\.dns says that the node answers none/)
  const proxies = { proxyListen: ['192.0.2.1:53'], proxyFrom: ['192.0.2.2'] }
  refused(
    { kind: 'local', dns: proxies },
    /dns\.proxyListen: a local node serves 127\.0\.0\.1 or ::1, not 192\.0\.2\.1/,
  )
})
