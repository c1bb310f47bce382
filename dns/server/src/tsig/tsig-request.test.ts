import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildQuery, parseAbsoluteName } from '@cresset/dns-wire'
import { TsigKey } from './tsig-key.ts'
import { readTsig } from './tsig-record.ts'
import { TsigRequest } from './tsig-request.ts'
import { checkTsig, TSIG_FUDGE_SECONDS } from './tsig-session.ts'

const NOW = 1_800_000_000
const key = new TsigKey(parseAbsoluteName('transfer'), 'hmac-sha256', new Uint8Array(32).fill(7))
const query = buildQuery({ id: 7, name: parseAbsoluteName('example'), type: 6 })
const request = new TsigRequest(query, key, NOW)

/** A response to the request by a server that has this key, at this time. */
function response(own: TsigKey = key, nowSeconds = NOW, asked = request): Uint8Array {
  const verdict = checkTsig(asked.bytes, [own], nowSeconds)
  assert.ok(verdict.kind === 'good' || verdict.kind === 'refused')
  const plain = query.slice()
  plain[2] = 0x84
  return verdict.session.sign(plain)
}

test('RFC 8945 5.3: the answer to this request, signed by the same key, is good', () => {
  assert.equal(checkTsig(request.bytes, [key], NOW).kind, 'good')
  assert.equal(request.faultOf(response(), NOW), undefined)
  // Whoever forwards it may give it another id.
  const forwarded = response()
  forwarded[0] = 99
  assert.equal(request.faultOf(forwarded, NOW), undefined)
})

test('5.3: anything else is not', () => {
  const good = response()
  const other = new TsigRequest(query, key, NOW - 1)
  assert.equal(request.faultOf(query, NOW), 'unsigned')
  assert.equal(request.faultOf(response(key, NOW, other), NOW), 'bad signature', 'of another request')
  assert.equal(request.faultOf(good.with(3, 5), NOW), 'bad signature', 'another rcode')
  assert.equal(request.faultOf(good, NOW + TSIG_FUDGE_SECONDS + 1), 'bad time')
  assert.equal(request.faultOf(response(key, NOW + TSIG_FUDGE_SECONDS + 1), NOW), 'bad time', 'BADTIME from there')
  const stranger = new TsigKey(parseAbsoluteName('other'), 'hmac-sha256', new Uint8Array(32))
  assert.equal(request.faultOf(response(stranger), NOW), 'refused key', 'BADKEY')
  const wrong = new TsigKey(key.name, 'hmac-sha256', new Uint8Array(32))
  assert.equal(request.faultOf(response(wrong), NOW), 'refused key', 'BADSIG')
  const strange = new TsigRequest(query, stranger, NOW)
  assert.equal(request.faultOf(response(stranger, NOW, strange), NOW), 'other key')
})

test('no byte of a good answer can be another one, nor be missing', () => {
  const good = response()
  const tsig = readTsig(good)
  assert.ok(tsig !== undefined && tsig !== 'malformed')
  for (let at = 2; at < good.length; at++) {
    // A signed name may be written in another case, and an id be changed by who forwards it.
    if (at >= tsig.start && at < tsig.start + key.name.length + 10) continue
    const changed = good.with(at, (good[at] as number) ^ 0x80)
    assert.notEqual(request.faultOf(changed, NOW), undefined, `byte ${at}`)
  }
  for (let length = 12; length < good.length; length++)
    assert.notEqual(request.faultOf(good.subarray(0, length), NOW), undefined)
})
