import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { utf8 } from '@cresset/core-codec'
import { checkSignature, sha256 } from '@cresset/core-crypto'
import { skipWithout } from '../../../tools/system-tools.ts'
import type { KeyError } from '../key-error.ts'
import { createKeyOnToken, describeKey, openKey, publicKeyOf } from '../open-key.ts'
import { makeSoftToken, type SoftToken } from '../testing/soft-token.ts'
import { attributes, classes } from './cryptoki.ts'
import { publicKeyFromPoint } from './point.ts'
import { TokenModule } from './token-module.ts'
import { formatTokenUri, parseTokenUri } from './token-uri.ts'

const message = utf8('message')
const code = (expected: string) => (error: KeyError) => {
  assert.doesNotMatch(error.message, /\n/)
  return error.code === expected
}

describe('RFC 7512: pkcs11 URIs', () => {
  it('names a key, a module and a file with the PIN', () => {
    const text =
      'pkcs11:token=The%20Software%20PKCS%2311;object=my-key;id=%69%95%3e;type=private?module-path=/usr/lib/a.so&pin-source=file:/run/pin'
    const uri = parseTokenUri(text)
    assert.deepEqual(uri, {
      token: 'The Software PKCS#11',
      object: 'my-key',
      id: Uint8Array.of(0x69, 0x95, 0x3e),
      modulePath: '/usr/lib/a.so',
      pinSource: '/run/pin',
    })
    assert.equal(formatTokenUri(uri), 'pkcs11:token=The%20Software%20PKCS%2311;object=my-key;id=%69%95%3e')
    assert.equal(parseTokenUri('pkcs11:?pin-source=file:///run/pin').pinSource, '/run/pin')
  })

  it('refuses a PIN, what it does not know, what is doubled or not well-formed, without quoting it', () => {
    const bad = [
      'pkcs11:token=ops?pin-value=1234secret',
      'pkcs11:token=a;token=b',
      'pkcs11:token',
      'pkcs11:=a',
      'pkcs11:token=a b',
      'pkcs11:token=%zz',
      'pkcs11:token=%ff',
      'pkcs11:token=%00',
      'pkcs11:token=',
      'pkcs11:slot-id=3',
      'pkcs11:object=a;type=cert',
      'pkcs11:id=',
      'pkcs11:token=a?module-path=lib.so',
      'pkcs11:token=a?pin-source=|/bin/cat',
      'pkcs11:token=a?frob=1',
      `pkcs11:token=${'a'.repeat(1024)}`,
      'PKCS11:token=a',
    ]
    for (const text of bad) {
      assert.throws(
        () => parseTokenUri(text),
        (error: KeyError) => {
          assert.doesNotMatch(error.message, /1234secret/)
          return code('bad-key-name')(error)
        },
        text,
      )
    }
  })
})

it('points come as OCTET STRING, bare, compressed or not', () => {
  const x = new Uint8Array(32).fill(4)
  const even = Uint8Array.of(4, ...x, ...new Uint8Array(32).fill(8))
  assert.deepEqual(publicKeyFromPoint('p256', Uint8Array.of(4, 65, ...even)), Uint8Array.of(2, 2, ...x))
  assert.deepEqual(publicKeyFromPoint('p256', even), Uint8Array.of(2, 2, ...x))
  assert.deepEqual(publicKeyFromPoint('p256', Uint8Array.of(3, ...x)), Uint8Array.of(2, 3, ...x))
  // A bare point may begin as an OCTET STRING does.
  const bare = Uint8Array.of(4, 30, ...new Uint8Array(30))
  assert.deepEqual(publicKeyFromPoint('ed25519', bare), Uint8Array.of(1, ...bare))
  assert.deepEqual(publicKeyFromPoint('ed25519', Uint8Array.of(4, 32, ...bare)), Uint8Array.of(1, ...bare))
  for (const length of [0, 1, 31, 33, 64, 66])
    assert.equal(publicKeyFromPoint('ed25519', new Uint8Array(length)), undefined)
})

describe('a token', { skip: skipWithout('softhsm2-util') }, () => {
  let token: SoftToken
  before(async () => {
    token = await makeSoftToken('ops')
    // The module reads it from the C environment when it is first loaded: tests of this file share one token.
    process.env['SOFTHSM2_CONF'] = token.variables['SOFTHSM2_CONF']
  })
  after(() => token?.remove())

  for (const type of ['ed25519', 'p256'] as const) {
    it(`makes a ${type} key inside, and signs with it`, async () => {
      const uri = token.uri(`made-${type}`)
      const made = await createKeyOnToken(uri, type)
      const opened = await openKey(uri)
      assert.deepEqual(opened.publicKey, made.publicKey)
      assert.deepEqual(await publicKeyOf(uri), made.publicKey)
      assert.equal((await describeKey(uri)).comment, `made-${type}`)
      for (let count = 0; count < 20; count++) {
        const one = Uint8Array.of(count)
        assert.ok(checkSignature(made.publicKey, one, await opened.sign(one)))
        assert.ok(checkSignature(made.publicKey, one, opened.signSync(one)))
      }
      if (type === 'ed25519') assert.deepEqual(await opened.secretFor?.(message), sha256(made.signSync(message)))
      else assert.equal(opened.secretFor, undefined)
      await assert.rejects(createKeyOnToken(uri, type), code('exists'))
      await made.close()
      await opened.close()
    })
  }

  it('keeps the secret: it was made inside, is sensitive and not extractable, and reading it is refused', async () => {
    await (await createKeyOnToken(token.uri('kept'), 'ed25519')).close()
    const module = await TokenModule.load(token.module)
    const [slot] = module.slots().filter(({ label }) => label === 'ops')
    assert.ok(slot)
    const session = module.openSession(slot)
    session.login(utf8(token.pin), 'ops')
    const [key] = session.find(
      new Map<number, number | Uint8Array>([
        [attributes.class, classes.privateKey],
        [attributes.label, utf8('kept')],
      ]),
    )
    assert.ok(key !== undefined)
    const flags = ['sensitive', 'extractable', 'alwaysSensitive', 'neverExtractable', 'local', 'sign'] as const
    assert.deepEqual(
      flags.map((flag) => session.flag(key, attributes[flag])),
      [true, false, true, true, true, true],
    )
    assert.equal(session.attribute(key, attributes.value), undefined)
    session.close()
  })

  it('says which of token, key, module or PIN is not right', async () => {
    const { module, pinFile } = token
    const at = (key: string, pin = pinFile) => `pkcs11:${key}?module-path=${module}&pin-source=file:${pin}`
    await assert.rejects(openKey(at('token=none;object=kept')), code('no-token'))
    await assert.rejects(openKey(at('token=ops;object=none')), code('no-key'))
    await assert.rejects(openKey(at('token=ops')), code('ambiguous'))
    await assert.rejects(openKey('pkcs11:token=ops'), code('no-module'))
    await assert.rejects(openKey('pkcs11:token=ops?module-path=/etc/passwd'), code('no-module'))
    await assert.rejects(createKeyOnToken(at('token=ops'), 'ed25519'), code('no-key'))
    await assert.rejects(openKey(at('token=ops;object=kept', `${pinFile}.none`)), code('not-found'))
    await writeFile(`${pinFile}.open`, '1234', { mode: 0o644 })
    await assert.rejects(openKey(at('token=ops;object=kept', `${pinFile}.open`)), code('permissions'))
  })

  it('asks for the PIN once a key, and refuses a wrong one', () => {
    // Login counts for a whole process, so that a wrong PIN shows only in a new one.
    const program = `
      import { openKey } from ${JSON.stringify(fileURLToPath(new URL('../open-key.ts', import.meta.url)))}
      const uri = ${JSON.stringify(`pkcs11:token=ops;object=kept?module-path=${token.module}`)}
      const pin = (text) => async (token) => (console.log(token), new TextEncoder().encode(text))
      await openKey(uri, { pin: pin('9999') }).catch((error) => console.log(error.code))
      console.log((await openKey(uri, { pin: pin('${token.pin}') })).type)`
    const args = [
      ...process.execArgv.filter((flag) => flag.startsWith('--conditions')),
      '--input-type=module',
      '-e',
      program,
    ]
    const said = execFileSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...token.variables } })
    assert.equal(said, 'ops\nwrong-pin\nops\ned25519\n')
  })
})
