import { sealBox } from '@cresset/core-crypto'
import type { Code } from '../../codes.ts'
import { sealPlaceCodec, type UnsignedRegistration } from '../../registration/sealed-registration.ts'
import { flipped, keyPairFor, type MadeSeal, makeSeal, register, Scenario, type SealOptions } from '../index.ts'
import type { Case } from './case.ts'

/** Reveals a seal of `shop.acme` whose registration was changed before it was signed. */
function changed(change: (registration: UnsignedRegistration) => UnsignedRegistration): Code {
  return register(new Scenario(), 'alice', 'shop.acme', { change })
}

function named(label: string, zone = 'acme'): Code {
  return changed((registration) => ({ ...registration, label, zone }))
}

/** A ledger on which `shop.acme` has just expired. */
function expired(parameters: { releaseDelayMs: number }): Scenario {
  const ledger = new Scenario({ parameters: { feeEveryBlocks: 10, graceMs: 0, ...parameters }, termMs: 3 * 36_000 })
  register(ledger, 'alice', 'shop.acme', { deposit: 3n * 14n })
  while (ledger.scan().all('lease').length > 0) ledger.block([], 10_000)
  return ledger
}

function sealThenReveal(ledger: Scenario, made: MadeSeal, sender = 'alice'): Code {
  ledger.run(sender, made.seal)
  return ledger.run(sender, made.reveal)
}

function withTamperedSeal(change: (made: MadeSeal) => MadeSeal, options: SealOptions = {}): Code {
  const ledger = new Scenario()
  return sealThenReveal(ledger, change(makeSeal(ledger, 'alice', 'shop.acme', options)))
}

export const registrationCases = {
  'too-many-open-seals': () => {
    const ledger = new Scenario({ parameters: { depositRateQuanta: 0 } })
    const codes = [1, 2, 3, 4, 5].map((index) => ledger.run('alice', makeSeal(ledger, 'alice', `n${index}.acme`).seal))
    return codes[4] as Code
  },
  'seal-unknown': () => {
    const ledger = new Scenario()
    return ledger.run('alice', makeSeal(ledger, 'alice', 'shop.acme').reveal)
  },
  'seal-in-same-block': () => {
    const ledger = new Scenario()
    const made = makeSeal(ledger, 'alice', 'shop.acme')
    const block = ledger.block([ledger.transaction('alice', made.seal), ledger.transaction('alice', made.reveal)])
    return block.receipts[1]?.code as Code
  },
  'seal-secret-wrong': () =>
    withTamperedSeal((made) => ({
      ...made,
      reveal: { kind: 'reveal', body: { ...made.place, secret: flipped(made.secret) } },
    })),
  'seal-unopenable': () =>
    withTamperedSeal((made) => {
      if (made.seal.kind !== 'seal') throw new Error('not a seal')
      const { ciphertext } = made.seal.body
      return { ...made, seal: { kind: 'seal', body: { ...made.seal.body, ciphertext: flipped(ciphertext) } } }
    }),
  'registration-malformed': () => {
    const ledger = new Scenario()
    const made = makeSeal(ledger, 'alice', 'shop.acme')
    const salt = new Uint8Array(16)
    // The associated data of a real seal, around bytes that are no registration.
    const associatedData = sealPlaceCodec.encode(made.place)
    const sealed = sealBox({ r: made.secret, salt, plaintext: Uint8Array.of(1, 2, 3), associatedData })
    return sealThenReveal(ledger, { ...made, seal: { kind: 'seal', body: { salt, ...sealed } } })
  },
  'registration-key-bad': () =>
    changed((registration) => ({ ...registration, primaryKey: Uint8Array.of(1, ...new Uint8Array(32)) })),
  'registration-signature-bad': () =>
    changed((registration) => ({ ...registration, primaryKey: keyPairFor('another').publicKey })),
  'deposit-too-small': () => changed((registration) => ({ ...registration, deposit: 17n * 14n - 1n })),
  'deposit-too-large': () => changed((registration) => ({ ...registration, deposit: 2n ** 64n - 1n })),
  'deposit-unpaid': () => changed((registration) => ({ ...registration, deposit: 2_000_000_000n })),
  'name-taken': () => {
    const ledger = new Scenario()
    register(ledger, 'alice', 'shop.acme')
    return register(ledger, 'bob', 'shop.acme')
  },
  'name-reserved': () => register(expired({ releaseDelayMs: 3_600_000 }), 'bob', 'shop.acme'),
  'seal-before-free': () => {
    const ledger = expired({ releaseDelayMs: 30_000 })
    const { seal, reveal } = makeSeal(ledger, 'bob', 'shop.acme')
    ledger.run('bob', seal)
    for (let blocks = 0; blocks < 3; blocks++) ledger.block([], 10_000)
    return ledger.run('bob', reveal)
  },
  'claim-older': () => {
    const ledger = new Scenario()
    const parked = makeSeal(ledger, 'carol', 'parked.acme')
    ledger.run('carol', parked.seal)
    const older = makeSeal(ledger, 'alice', 'shop.acme')
    const younger = makeSeal(ledger, 'bob', 'shop.acme')
    ledger.block([ledger.transaction('alice', older.seal), ledger.transaction('bob', younger.seal)])
    ledger.run('alice', older.reveal)
    return ledger.run('bob', younger.reveal)
  },
  'name-too-long': () => named('a'.repeat(60), 'acme'),
  'name-upper-case': () => named('Shop'),
  'zone-unknown': () => named('shop', 'example'),
  'name-not-below-zone': () => named('www.shop'),
  'label-empty': () => named(''),
  'label-character': () => named('sh_op'),
  'label-hyphen': () => named('-shop'),
  'label-reserved': () => named('ns'),
  'a-label-malformed': () => named('xn--99999999'),
  'a-label-disallowed': () => named('xn--abc-8ia'),
  'a-label-not-normalized': () => named('xn--e-xbb'),
  'a-label-begins-with-mark': () => named('xn--a-wbb'),
  'a-label-context': () => named('xn--ab-0ea'),
  'a-label-direction': () => named('xn--a-0hc'),
} as const satisfies Record<string, Case>
