import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopback, parseHostPort } from './host-port.ts'
import { MembershipError } from './membership-error.ts'

test('reads endpoints', () => {
  assert.deepEqual(parseHostPort('[2001:db8::1]:7000'), { host: '2001:db8::1', port: 7000 })
  assert.deepEqual(parseHostPort('n1.ns.acme:1'), { host: 'n1.ns.acme', port: 1 })
  for (const wrong of ['n1', 'n1:', ':1', 'n1:0', 'n1:65536', '2001:db8::1:7000', '[::1]', 'a:1:2']) {
    assert.throws(() => parseHostPort(wrong), MembershipError, wrong)
  }
})

test('a name that only begins like a loopback address is none', () => {
  for (const host of ['localhost', '::1', '127.0.0.1', '127.255.0.9']) assert.equal(isLoopback(host), true, host)
  for (const host of ['127.example', '127.0.0.1.example', '128.0.0.1', '::2', '0.0.0.0']) {
    assert.equal(isLoopback(host), false, host)
  }
})
