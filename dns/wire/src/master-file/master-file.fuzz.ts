import assert from 'node:assert/strict'
import { checkRdata, formatName, formatRdata, isLowerCaseName, isName, parseRdata, readMasterFile } from '../index.ts'

export const name = 'dns-master-file'

const texts = [
  '$TTL 1h\n@ IN SOA ns host (\n 1 ; serial\n 2 3 4 5 )\n NS ns\nns 60 A 192.0.2.1\n* TXT "a;b" c\\;d\n',
  '$ORIGIN x\n$INCLUDE "f" y\nIN IN 5 MX 10 a\\.b\n\tTYPE731 \\# 2 ab cd\n',
  'a 1d NSEC B.x. A NSEC\na 0 SVCB 1 Y alpn="h2,h3"\na 0 LOC 1 N 2 W 3\na 0 CAA 0 issue "x"\n',
]
export const seeds: readonly Uint8Array[] = texts.map((text) => Buffer.from(text, 'latin1'))

const ORIGIN = Uint8Array.of(1, 0x78, 0)

/** No text throws or fails to end; each record is a well-formed one that survives its text, each problem one line of plain text. */
export function run(bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString('latin1')
  const lines = text.split('\n').length
  const include = (path: string) => (path === 'f' ? { name: 'f', text: texts[0] as string } : 'no such file')
  for (const item of readMasterFile({ name: 'main', text }, { origin: ORIGIN, include })) {
    assert(item.line >= 1 && (item.file === 'f' || item.line <= lines))
    if (item.kind === 'problem') {
      assert.match(item.message, /^[\u0020-\u007e…]+$/)
      continue
    }
    assert(isName(item.owner) && isLowerCaseName(item.owner), formatName(item.owner))
    assert(Number.isInteger(item.ttl) && item.ttl >= 0 && item.ttl < 2 ** 31)
    const code = checkRdata(item.type, item.rdata)
    assert(code === undefined || code === 'type-refused' || code === 'rdata-name-case', code)
    if (code === undefined) assert.deepEqual(parseRdata(item.type, formatRdata(item.type, item.rdata)), item.rdata)
  }
}
