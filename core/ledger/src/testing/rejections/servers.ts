import type { Code } from '../../codes.ts'
import { adding, confirming, loopbackRange, serverKey, withdrawing } from '../addresses.ts'
import { makeServer, publish, publishing, register, Scenario, textRecords } from '../index.ts'
import type { Case } from './case.ts'

const name = 'shop.acme'

/** `shop.acme` with a host that has one server, and a range held by alice. */
function published(): Scenario {
  const ledger = new Scenario({ addressRanges: [loopbackRange('alice')] })
  register(ledger, 'alice', name)
  put(ledger, 'www', 1)
  return ledger
}

function put(ledger: Scenario, host: string, number: number, addresses = [[127, 0, 0, number]]): Code {
  const servers = [makeServer(ledger, name, host, { key: serverKey(number), addresses })]
  return publish(ledger, 'alice', publishing(name, host, { servers }))
}

const home = [127, 0, 0, 1]

export const serverCases = {
  'server-key-known': () => {
    const ledger = published()
    return publish(ledger, 'alice', adding(ledger, name, 'www', 1))
  },
  'server-unknown': () => publish(published(), 'alice', withdrawing(name, 'www', 2)),
  'too-many-servers': () => {
    const ledger = published()
    const codes = [2, 3, 4, 5, 6, 7, 8, 9].map((number) =>
      publish(ledger, 'alice', adding(ledger, name, 'www', number)),
    )
    return codes.slice(0, 7).every((code) => code === 'ok') ? (codes[7] as Code) : 'ok'
  },
  'too-many-addresses': () => {
    const ledger = published()
    // 16 hosts of 8 addresses, and one more address.
    const codes = Array.from({ length: 17 }, (_, host) => {
      const addresses = Array.from({ length: 8 }, (_, index) => [127, 1, host, index])
      return put(ledger, `h${host}`, 1, addresses)
    })
    return codes.slice(0, 15).every((code) => code === 'ok') ? (codes[15] as Code) : 'ok'
  },
  'too-many-retiring-keys': () => {
    const ledger = published()
    const codes = [2, 3, 4, 5, 6, 7, 8, 9, 10].map((number) => {
      const replaces = serverKey(number - 1).publicKey
      return publish(ledger, 'alice', adding(ledger, name, 'www', number, { replaces, keyOverlap: '1h' }))
    })
    return codes.slice(0, 8).every((code) => code === 'ok') ? (codes[8] as Code) : 'ok'
  },
  'name-too-large': () => {
    const ledger = published()
    const data = [new Uint8Array(4_000)]
    const recordSets = Array.from({ length: 15 }, (_, index) => ({ type: 65_300 + index, ttlSeconds: undefined, data }))
    const codes = Array.from({ length: 5 }, (_, index) =>
      publish(ledger, 'alice', publishing(name, `h${index}`, { recordSets })),
    )
    return codes.slice(0, 4).every((code) => code === 'ok') ? (codes[4] as Code) : 'ok'
  },
  'host-too-large': () => {
    const ledger = published()
    const texts = Array.from({ length: 60 }, (_, index) => `${index}`.padEnd(60, 'x'))
    const sets = [65_300, 65_301, 65_302, 65_303, 65_304].map((type) => ({ ...textRecords(...texts), type }))
    const servers = [makeServer(ledger, name, 'www', { key: serverKey(1) })]
    const code = publish(ledger, 'alice', publishing(name, 'www', { servers, recordSets: sets }))
    return code === 'ok' ? publish(ledger, 'alice', adding(ledger, name, 'www', 2)) : code
  },
  'address-in-no-range': () => published().run('alice', confirming([128, 0, 0, 1], name, 'www')),
  'not-address-holder': () => published().run('bob', confirming(home, name, 'www')),
  'address-not-of-host': () => published().run('alice', confirming([127, 0, 0, 2], name, 'www')),
  'address-confirmed-before': () => {
    const ledger = published()
    ledger.run('alice', confirming(home, name, 'www'))
    return ledger.run('alice', confirming(home, name, 'www'))
  },
  'address-not-confirmed': () => published().run('alice', confirming(home, name, 'www', false)),
  'too-many-confirmed': () => {
    const ledger = published()
    const codes = Array.from({ length: 17 }, (_, index) => {
      put(ledger, `h${index}`, 1, [home])
      return ledger.run('alice', confirming(home, name, `h${index}`))
    })
    return codes.slice(0, 16).every((code) => code === 'ok') ? (codes[16] as Code) : 'ok'
  },
} as const satisfies Record<string, Case>
