import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatName,
  formatRdata,
  formatRecordType,
  type MasterFileOptions,
  parseAbsoluteName,
  readMasterFile,
} from '../index.ts'

/** A line for each record, and `file:line: message` for each problem. */
function read(text: string, include?: MasterFileOptions['include']): string[] {
  const options = { origin: parseAbsoluteName('isi.edu'), ...(include && { include }) }
  return [...readMasterFile({ name: 'main', text }, options)].map((item) =>
    item.kind === 'problem'
      ? `${item.file}:${item.line}: ${item.message}`
      : `${formatName(item.owner)} ${item.ttl} ${formatRecordType(item.type)} ${formatRdata(item.type, item.rdata)}`,
  )
}

const isi = `
@   IN  SOA     VENERA      Action\\.domains (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA
        NS      VAXA
        MX      10      VENERA
        MX      20      VAXA

A       A       26.3.0.103

VENERA  A       10.1.0.52
        A       128.9.0.32

$INCLUDE <SUBSYS>ISI-MAILBOXES.TXT
`
const mailboxes = `
MOE     IN MX 0 A.ISI.EDU.
LARRY   600 MX 0 A
`

test('RFC 1035 5.3: the example, with its included file', () => {
  const records = read(isi, (name) => {
    assert.equal(name, '<SUBSYS>ISI-MAILBOXES.TXT')
    return { name, text: mailboxes }
  })
  assert.deepEqual(records, [
    'isi.edu. 60 SOA venera.isi.edu. action\\.domains.isi.edu. 20 7200 600 3600000 60',
    'isi.edu. 60 NS a.isi.edu.',
    'isi.edu. 60 NS venera.isi.edu.',
    'isi.edu. 60 NS vaxa.isi.edu.',
    'isi.edu. 60 MX 10 venera.isi.edu.',
    'isi.edu. 60 MX 20 vaxa.isi.edu.',
    'a.isi.edu. 60 A 26.3.0.103',
    'venera.isi.edu. 60 A 10.1.0.52',
    'venera.isi.edu. 60 A 128.9.0.32',
    'moe.isi.edu. 60 MX 0 a.isi.edu.',
    'larry.isi.edu. 600 MX 0 a.isi.edu.',
  ])
})

test('RFC 2308 4: a record without a TTL has that of $TTL, which the records before it do not change', () => {
  assert.deepEqual(read('$TTL 1h\na A 192.0.2.1\nb 60 A 192.0.2.2\nc A 192.0.2.3\n$TTL 2D\nd A 192.0.2.4'), [
    'a.isi.edu. 3600 A 192.0.2.1',
    'b.isi.edu. 60 A 192.0.2.2',
    'c.isi.edu. 3600 A 192.0.2.3',
    'd.isi.edu. 172800 A 192.0.2.4',
  ])
})

test('RFC 1035 5.1: TTL and class in either order or not at all; without $TTL the last one stated counts', () => {
  assert.deepEqual(
    read('a 10 IN A 192.0.2.1\na IN 20 A 192.0.2.2\na IN A 192.0.2.3\na A 192.0.2.4\n\tCLASS1 1w2d3h4m5s A 192.0.2.5'),
    [
      'a.isi.edu. 10 A 192.0.2.1',
      'a.isi.edu. 20 A 192.0.2.2',
      'a.isi.edu. 20 A 192.0.2.3',
      'a.isi.edu. 20 A 192.0.2.4',
      'a.isi.edu. 788645 A 192.0.2.5',
    ],
  )
})

test('the times of an SOA may have units, its serial not', () => {
  assert.deepEqual(read('@ 5 SOA ns h 1 1h 10m 1w2d 90'), [
    'isi.edu. 5 SOA ns.isi.edu. h.isi.edu. 1 3600 600 777600 90',
  ])
  assert.deepEqual(read('@ 5 SOA ns h 1d 1h 10m 1w 90'), ['main:1: serial must be a whole number up to 4294967295'])
})

test('names: @, origins within origins, escapes, a mnemonic as an owner, letters of both cases', () => {
  const text = `$TTL 5
@ NS A.b
$ORIGIN sub
@ NS ns
$ORIGIN Deep
\\@ A 192.0.2.1
a\\.b A 192.0.2.2
a\\032b A 192.0.2.3
IN IN A 192.0.2.4
$ORIGIN .
org NS a.root
* TXT "left" right
`
  assert.deepEqual(read(text), [
    'isi.edu. 5 NS a.b.isi.edu.',
    'sub.isi.edu. 5 NS ns.sub.isi.edu.',
    '\\@.deep.sub.isi.edu. 5 A 192.0.2.1',
    'a\\.b.deep.sub.isi.edu. 5 A 192.0.2.2',
    'a\\032b.deep.sub.isi.edu. 5 A 192.0.2.3',
    'in.deep.sub.isi.edu. 5 A 192.0.2.4',
    'org. 5 NS a.root.',
    '*. 5 TXT "left" "right"',
  ])
})

test('an owner that is written the same way under another origin is another name', () => {
  assert.deepEqual(read('$TTL 5\na A 192.0.2.1\n$ORIGIN b\na A 192.0.2.2\n  A 192.0.2.3'), [
    'a.isi.edu. 5 A 192.0.2.1',
    'a.b.isi.edu. 5 A 192.0.2.2',
    'a.b.isi.edu. 5 A 192.0.2.3',
  ])
})

test('RFC 3597 5: types and RDATA by number; names in them are made lower-case too', () => {
  assert.deepEqual(
    read('$TTL 5\na TYPE731 \\# 6 abcd (\nef 01 23 45 )\na A \\# 4 C0000201\na TYPE15 10 Mail\na MX \\# 5 000a 014100'),
    [
      'a.isi.edu. 5 TYPE731 \\# 6 abcdef012345',
      'a.isi.edu. 5 A 192.0.2.1',
      'a.isi.edu. 5 MX 10 mail.isi.edu.',
      'a.isi.edu. 5 MX 10 a.',
    ],
  )
})

test('RFC 6840 5.1, RFC 9460: names whose case is signed keep it', () => {
  assert.deepEqual(read('$TTL 5\na NSEC B A NSEC\na SVCB 1 Host.ISI.EDU. port=8443\na HTTPS 0 C\na NS C'), [
    'a.isi.edu. 5 NSEC B.isi.edu. A NSEC',
    'a.isi.edu. 5 SVCB 1 Host.ISI.EDU. port=8443',
    'a.isi.edu. 5 HTTPS 0 C.isi.edu.',
    'a.isi.edu. 5 NS c.isi.edu.',
  ])
})

test('quotes, comments, line ends of both kinds, a byte order mark, bytes over 126', () => {
  assert.deepEqual(
    read(
      '\u00ef\u00bb\u00bf$TTL 5 ; five\r\n;\r\na TXT "a;b""c" ; d\r\n  TXT ("(" ;)\r\n\r\n ")") \r\n  TXT Z\u00c3\u00bcrich',
    ),
    ['a.isi.edu. 5 TXT "a;b" "c"', 'a.isi.edu. 5 TXT "(" ")"', 'a.isi.edu. 5 TXT "Z\\195\\188rich"'],
  )
  assert.deepEqual(read(''), [])
  assert.deepEqual(read(' \n\n;'), [])
})

test('each problem has its line, and the records after it are read', () => {
  const text = `  A 192.0.2.1
a A 192.0.2.1
$TTL 5
a A 192.0.2.256
a NS "x
a A
a NS a b
a
a TTL A 192.0.2.1
a CH TXT x
a 5000000000 A 192.0.2.1
a 1m1h A 192.0.2.1
a AXFR
a ) A 192.0.2.1
a ( A
( 192.0.2.1
..a A 192.0.2.1
$ORIGIN
$ORIGIN a b
$ttl x
$GENERATE 1-9 a$ A 192.0.2.$
$INCLUDE x
a SVCB 0 b port=1
a TYPE65280 x
good A 192.0.2.1
a TXT ( "b"
`
  assert.deepEqual(read(text), [
    'main:1: the first record has no owner name',
    'main:2: the record has no TTL, and there is no $TTL before it',
    'main:4: not an IPv4 address',
    'main:5: a quoted string is not closed on its line',
    'main:6: address is missing',
    'main:7: the record has text after its last field',
    'main:8: the record has no type',
    'main:9: the type TTL is not known; write it as TYPEnnn with \\# LENGTH HEX',
    'main:10: the class is CH; only IN is served',
    'main:11: the TTL 5000000000 is neither seconds up to 2147483647 nor a time like 1h30m',
    'main:12: the TTL 1m1h is neither seconds up to 2147483647 nor a time like 1h30m',
    'main:13: no zone holds records of type AXFR',
    'main:14: a parenthesis closes that was not opened',
    'main:16: a parenthesis opens inside another one',
    'main:17: a name has an empty label',
    'main:18: $ORIGIN takes one argument',
    'main:19: $ORIGIN takes one argument',
    'main:20: the TTL x is neither seconds up to 2147483647 nor a time like 1h30m',
    'main:21: $GENERATE is not known; there are $ORIGIN, $TTL and $INCLUDE',
    'main:22: $INCLUDE is not allowed here',
    'main:23: the record is not well-formed: rdata-parameter',
    'main:24: this type has no text form of its own; write \\# LENGTH HEX',
    'good.isi.edu. 5 A 192.0.2.1',
    'main:26: a parenthesis is not closed',
  ])
})

test('a record that has no end is given up before it is read whole', () => {
  assert.deepEqual(read(`$TTL 5\na TXT ( ${'x '.repeat(140_000)})\nb A 192.0.2.1`).length, 2)
  assert.deepEqual(read(`$TTL 5\na TXT ( ${'x '.repeat(280_000)})\nb A 192.0.2.1`), [
    'main:2: a record is longer than any can be',
    'b.isi.edu. 5 A 192.0.2.1',
  ])
})

test('included files: their own origin, names of the outer file after them, a bound on their depth, a reason against them', () => {
  const include: MasterFileOptions['include'] = (path) => {
    if (path === 'loop') return { name: path, text: '$INCLUDE loop\n' }
    return path === 'none' ? 'there is no such file' : { name: path, text: 'c A 192.0.2.3\nbad\n$TTL 7\n' }
  }
  assert.deepEqual(
    read('$TTL 5\na A 192.0.2.1\n$INCLUDE "in" sub\n  A 192.0.2.2\n$INCLUDE none\n$INCLUDE loop\n$INCLUDE', include),
    [
      'a.isi.edu. 5 A 192.0.2.1',
      'c.sub.isi.edu. 5 A 192.0.2.3',
      'in:2: the record has no type',
      'a.isi.edu. 7 A 192.0.2.2',
      'main:5: there is no such file',
      'loop:1: files include one another more than 8 deep',
      'main:7: write $INCLUDE FILE, or $INCLUDE FILE ORIGIN',
    ],
  )
})
