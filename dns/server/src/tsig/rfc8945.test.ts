import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildQuery, parseAbsoluteName, parseMessage, readUint16, writeUint16 } from '@cresset/dns-wire'
import { signQuery } from '../testing/sign-query.ts'
import { TsigKey, tsigAlgorithms } from './tsig-key.ts'
import { prefixedMac, readTsig, type TsigRecord, timers, tsigVariables, withoutTsig } from './tsig-record.ts'
import { checkTsig, TSIG_FUDGE_SECONDS, TsigError, type TsigVerdict } from './tsig-session.ts'

const NOW = 1_800_000_000
const name = parseAbsoluteName('Transfer.Example')
const key = new TsigKey(name, 'hmac-sha256', new Uint8Array(32).fill(7))
const query = buildQuery({ id: 4711, name: parseAbsoluteName('example'), type: 252 })

const signed = (message: Uint8Array, by = key, changes: Partial<TsigRecord> = {}, macBytes?: number): Uint8Array =>
  signQuery(message, by, NOW, changes, macBytes)

const tsigOf = (message: Uint8Array): TsigRecord => readTsig(message) as TsigRecord

function errorOf(verdict: TsigVerdict): number {
  assert.equal(verdict.kind, 'refused')
  return tsigOf((verdict as Extract<TsigVerdict, { kind: 'refused' }>).session.sign(query)).error
}

for (const algorithm of tsigAlgorithms)
  test(`5.2: ${algorithm}: a query signed with a key that both know is good`, () => {
    const own = new TsigKey(parseAbsoluteName('own'), algorithm, Uint8Array.of(1, 2, 3))
    const verdict = checkTsig(signed(query, own), [key, own], NOW + TSIG_FUDGE_SECONDS)
    assert.ok(verdict.kind === 'good')
    assert.deepEqual(verdict.message, query)
    assert.equal(verdict.session.key, own)
  })

test('5.2: one changed byte, and it is good no more', () => {
  const good = signed(query)
  for (let index = 2; index < good.length; index++) {
    const verdict = checkTsig(good.with(index, (good[index] as number) ^ 1), [key], NOW)
    assert.notEqual(verdict.kind, 'good', `byte ${index}`)
  }
  // The id may be changed by whoever forwards it; the original one is what counts.
  const forwarded = good.slice()
  writeUint16(forwarded, 0, 99)
  const verdict = checkTsig(forwarded, [key], NOW)
  assert.ok(verdict.kind === 'good')
  assert.equal(readUint16(verdict.message, 0), 99)
})

test('5.2.1: an unknown key, or another algorithm of a known one, is BADKEY, and the answer is not signed', () => {
  for (const other of [
    new TsigKey(parseAbsoluteName('other'), 'hmac-sha256', new Uint8Array(32)),
    new TsigKey(name, 'hmac-sha512', new Uint8Array(32)),
  ]) {
    const verdict = checkTsig(signed(query, other), [key], NOW)
    assert.equal(errorOf(verdict), TsigError.BADKEY)
    assert.equal(
      tsigOf((verdict as { session: { sign(m: Uint8Array): Uint8Array } }).session.sign(query)).mac.length,
      0,
    )
  }
})

test('5.2.2: another secret is BADSIG, and the answer is not signed', () => {
  const other = new TsigKey(name, 'hmac-sha256', new Uint8Array(32))
  assert.equal(errorOf(checkTsig(signed(query, other), [key], NOW)), TsigError.BADSIG)
})

test('5.2.2.1: a MAC cut to half is BADTRUNC, a shorter or longer one malformed', () => {
  assert.equal(errorOf(checkTsig(signed(query, key, {}, 16), [key], NOW)), TsigError.BADTRUNC)
  assert.equal(checkTsig(signed(query, key, {}, 15), [key], NOW).kind, 'malformed')
  assert.equal(checkTsig(signed(query, key, { mac: new Uint8Array(33) }), [key], NOW).kind, 'malformed')
})

test('5.2.3: a time too far away is BADTIME; the signed answer tells the time of the server', () => {
  for (const nowSeconds of [NOW - TSIG_FUDGE_SECONDS - 1, NOW + TSIG_FUDGE_SECONDS + 1]) {
    const verdict = checkTsig(signed(query), [key], nowSeconds)
    assert.equal(errorOf(verdict), TsigError.BADTIME)
    assert.ok(verdict.kind === 'refused')
    const again = checkTsig(signed(query), [key], nowSeconds)
    const record = tsigOf((again as typeof verdict).session.sign(query))
    assert.equal(record.timeSigned, NOW)
    assert.equal(Buffer.from(record.other).readUIntBE(0, 6), nowSeconds)
    assert.equal(record.mac.length, 32)
  }
})

test('5.3: answers are signed with the MAC of the query, further ones with that of the one before', () => {
  const request = signed(query)
  const verdict = checkTsig(request, [key], NOW)
  assert.ok(verdict.kind === 'good')
  const answers = [1, 2, 3].map((number) => {
    const response = query.slice()
    response[3] = number
    return verdict.session.sign(response)
  })
  let previous = tsigOf(request).mac
  for (const [index, answer] of answers.entries()) {
    const record = tsigOf(answer)
    const covered = index === 0 ? tsigVariables(record) : timers(record)
    assert.deepEqual(record.mac, Uint8Array.from(key.mac(prefixedMac(previous), withoutTsig(answer, record), covered)))
    assert.equal(parseMessage(answer).additionals.at(-1)?.type, 250)
    assert.equal(answer.length - query.length, verdict.session.overhead)
    previous = record.mac
  }
})

test('5.1: a record that is not the last, is there twice, or is no TSIG record at all', () => {
  const good = signed(query)
  assert.equal(checkTsig(query, [key], NOW).kind, 'unsigned')
  assert.equal(checkTsig(signed(good), [key], NOW).kind, 'malformed')
  const { start } = tsigOf(good)
  const nameEnd = start + key.name.length
  // Class, TTL, lengths.
  for (const [offset, byte] of [
    [nameEnd + 3, 1],
    [nameEnd + 7, 1],
    [nameEnd + 9, 200],
    [good.length - 1, 1],
  ] as const)
    assert.notEqual(checkTsig(good.with(offset, byte), [key], NOW).kind, 'good')
  for (let length = 0; length < good.length; length++)
    assert.notEqual(checkTsig(good.subarray(0, length), [key], NOW).kind, 'good')
})

test('a key does not show its secret', () => {
  assert.equal(`${key}`, 'transfer.example. (hmac-sha256)')
  assert.equal(JSON.stringify(key).includes('7,7,7'), false)
})
