import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'

const store = storeOf({ 'example.': '@ SOA ns host 1 3600 600 604800 300\n@ NS ns\nns A 192.0.2.1\n' })
const ednsOptions = [{ code: 9, data: new Uint8Array() }]
const optionsOf = (question: string, transport: 'udp' | 'tcp'): number[] =>
  ask(store, question, { ednsOptions, transport }).message.edns?.options.map(({ code }) => code) ?? []

test('3.1: a primary answers a question for the SOA with the expire time that stands in it', () => {
  for (const transport of ['udp', 'tcp'] as const) {
    const { message } = ask(store, 'example. SOA', { ednsOptions, transport })
    assert.deepEqual(
      message.edns?.options.map(({ code, data }) => [code, [...data]]),
      [[9, [0, 9, 58, 128]]],
    )
  }
})

test('no other question has to do with it', () => {
  assert.deepEqual(optionsOf('ns.example. SOA', 'udp'), [])
  assert.deepEqual(optionsOf('example. NS', 'udp'), [])
  assert.deepEqual(optionsOf('none.example. SOA', 'tcp'), [])
  assert.ok(!optionsOf('other. SOA', 'tcp').includes(9))
  assert.deepEqual(ask(store, 'example. SOA').message.edns?.options, [])
})
