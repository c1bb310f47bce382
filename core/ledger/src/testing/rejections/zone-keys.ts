import { DnskeyFlag, keyTag } from '@cresset/dns-wire'
import type { Code } from '../../codes.ts'
import { keyPairFor, Scenario } from '../scenario.ts'
import {
  anchorFlags,
  dnskeyOf,
  revokedFlags,
  type SignableLedger,
  setKeys,
  signableLedger,
  signKeys,
  type ZoneKeysBody,
  zoneKeys,
} from '../zone-keys.ts'
import type { Case } from './case.ts'

/** The answer to a good set of keys with a change. */
function set(change: (signable: SignableLedger) => Partial<ZoneKeysBody>): Code {
  const signable = signableLedger()
  const { ledger, anchor, dnskeys } = signable
  return setKeys(ledger, { ...zoneKeys(ledger, anchor, dnskeys), ...change(signable) })
}

/** That to other keys, which are signed as they should be. */
function setSigned(keys: (signable: SignableLedger) => readonly Uint8Array[]): Code {
  const signable = signableLedger()
  return setKeys(signable.ledger, zoneKeys(signable.ledger, signable.anchor, keys(signable)))
}

const bySignature = (options: Parameters<typeof signKeys>[3]): Code =>
  set(({ ledger, anchor, dnskeys }) => ({ signatures: [signKeys(ledger, anchor, dnskeys, options)] }))

/** Two keys whose tags are the same: there are 65,536 of them. */
function twins(): [Uint8Array, Uint8Array] {
  const seen = new Map<number, Uint8Array>()
  for (let number = 0; ; number++) {
    const dnskey = dnskeyOf(keyPairFor(`twin ${number}`), anchorFlags)
    const tag = keyTag(dnskey)
    const other = seen.get(tag)
    if (other !== undefined) return [other, dnskey]
    seen.set(tag, dnskey)
  }
}

export const zoneKeyCases = {
  'zone-without-anchors': () => {
    const { anchor, dnskeys } = signableLedger()
    const ledger = new Scenario()
    return setKeys(ledger, zoneKeys(ledger, anchor, dnskeys))
  },
  'zone-key-bad': () =>
    setSigned(({ dnskeys: [anchor, key] }) => [anchor as Uint8Array, (key as Uint8Array).with(1, 2)]),
  'zone-key-algorithms': () =>
    setSigned(({ dnskeys }) => [...dnskeys, dnskeyOf(keyPairFor('other', 'p256'), anchorFlags)]),
  'zone-key-tag-taken': () => setSigned(({ dnskeys }) => [...dnskeys, ...twins()]),
  'zone-anchor-count': () => setSigned(({ dnskeys: [, key] }) => [key as Uint8Array]),
  'zone-key-foreign': () => setSigned(({ dnskeys }) => [...dnskeys, dnskeyOf(keyPairFor('nobody'), DnskeyFlag.ZONE)]),
  'zone-keys-unauthorized': () => set(() => ({ authorization: undefined })),
  'zone-signature-bad': () => bySignature({ ttlSeconds: 601 }),
  'zone-signature-too-long': () => bySignature({ until: 60 * 86_400 + 100 }),
  'zone-signature-not-current': () => {
    const { ledger, anchor, dnskeys } = signableLedger()
    const other = keyPairFor('other anchor')
    const keys = [dnskeyOf(anchor, revokedFlags), dnskeyOf(other, anchorFlags), ...dnskeys.slice(1)]
    const signatures = [signKeys(ledger, anchor, keys, { flags: revokedFlags })]
    return setKeys(ledger, zoneKeys(ledger, anchor, keys, { signatures }))
  },
} satisfies Partial<Record<Code, Case>>
