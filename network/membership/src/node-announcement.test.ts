import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MembershipError } from './membership-error.ts'
import { announcementFromJson, announcementToJson } from './node-announcement.ts'
import { announcementOf } from './testing/announcements.ts'

const node = announcementOf('north', 1)
const plain = JSON.parse(announcementToJson(node)) as Record<string, unknown>

function isMalformed(field: string) {
  return (error: unknown): boolean =>
    error instanceof MembershipError && error.code === 'announcement-malformed' && error.message.includes(field)
}

describe('node announcement', () => {
  it('reads back what it writes', () => {
    assert.deepEqual(announcementFromJson(announcementToJson(node)), node)
  })

  it('names the field that is wrong, and the file', () => {
    const changes: [string, Record<string, unknown>][] = [
      ['version', { version: 2 }],
      ['roles', { roles: ['king'] }],
      ['roles', { roles: 'transaction' }],
      ['securityLevel', { securityLevel: 1.5 }],
      ['identityKey', { identityKey: 'ABCD' }],
      ['consensusKey', { consensusKey: 7 }],
      ['tlsKey', { tlsKey: 'x' }],
      ['dnsKeys[0]', { dnsKeys: ['zz'] }],
      ['dnsKeys', { dnsKeys: {} }],
      ['endpoints', { endpoints: { agreement: 'a:1', api: 'b' } }],
      ['organization', { organization: null }],
    ]
    for (const [field, change] of changes) {
      const json = JSON.stringify({ ...plain, ...change })
      assert.throws(() => announcementFromJson(json, 'north.json'), isMalformed(field), field)
      assert.throws(() => announcementFromJson(json, 'north.json'), isMalformed('north.json'), field)
    }
  })

  it('refuses unknown and missing fields, other JSON and none, and too much', () => {
    const { tlsKey: _, ...missing } = plain
    for (const json of [
      JSON.stringify({ ...plain, extra: 1 }),
      JSON.stringify(missing),
      '[]',
      'null',
      '',
      '{',
      ' '.repeat(65_537),
    ]) {
      assert.throws(() => announcementFromJson(json), isMalformed(''))
    }
  })
})
