import assert from 'node:assert/strict'
import { buildQuery, parseAbsoluteName } from '@cresset/dns-wire'
import { TsigKey } from './tsig-key.ts'
import { appendTsig, readTsig, tsigVariables, withoutTsig } from './tsig-record.ts'
import { checkTsig } from './tsig-session.ts'

export const name = 'dns-tsig'

const NOW = 1_800_000_000
const key = new TsigKey(parseAbsoluteName('k'), 'hmac-sha256', new Uint8Array(32))
const query = buildQuery({ id: 1, name: parseAbsoluteName('example'), type: 252 })
const unsigned = {
  keyName: key.name,
  algorithmName: key.algorithmName,
  timeSigned: NOW,
  fudge: 300,
  originalId: 1,
  error: 0,
  other: new Uint8Array(),
}
const signed = appendTsig(query, { ...unsigned, mac: key.mac(query, tsigVariables(unsigned)) })

export const seeds: readonly Uint8Array[] = [
  query,
  signed,
  appendTsig(signed, { ...unsigned, mac: new Uint8Array(32) }),
]

/** Nothing throws; only what was signed is good; a record that is read comes back byte for byte. */
export function run(bytes: Uint8Array): void {
  const before = bytes.slice()
  const verdict = checkTsig(bytes, [key], NOW)
  assert.deepEqual(bytes, before)
  // The id is not signed, and names are compared without their case.
  if (verdict.kind === 'good') assert.deepEqual(verdict.message.subarray(2), query.subarray(2))
  if (verdict.kind === 'refused') assert.ok(verdict.session.sign(verdict.message).length >= verdict.message.length)
  const record = readTsig(bytes)
  if (record === undefined || record === 'malformed') return
  const again = appendTsig(withoutTsig(bytes, record), record)
  assert.equal(again.length, bytes.length)
  assert.deepEqual(readTsig(again), record)
}
