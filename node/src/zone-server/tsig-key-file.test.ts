import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { formatName } from '@cresset/dns-wire'
import { readTsigKeyFile } from './tsig-key-file.ts'

let folder = ''
let path = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-tsig-'))
  path = join(folder, 'key')
})
after(() => rm(folder, { recursive: true }))

async function reads(text: string): Promise<string> {
  await writeFile(path, text, { mode: 0o600 })
  const { name, algorithm } = await readTsigKeyFile(path)
  return `${formatName(name)} ${algorithm}`
}

/** Bytes whose base64 holds two slashes. */
const slashes = Buffer.alloc(33, 0xff).toString('base64')

test('a key as tsig-keygen writes it, with comments, and with slashes in the secret', async () => {
  assert.match(slashes, /\/\//)
  for (const secret of [Buffer.alloc(32, 5).toString('base64'), slashes])
    for (const text of [
      `key "Transfer" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`,
      `# who "may\nkey transfer { // this\nalgorithm hmac-sha256; # that\nsecret "${secret}"; // "key\n};`,
    ])
      assert.equal(await reads(text), 'transfer. hmac-sha256')
})

test('what is no key is told without its secret', async () => {
  for (const [text, problem] of [
    ['', /it holds no key; make one with tsig-keygen/],
    [`# key k { algorithm hmac-sha256; secret "${slashes}"; };`, /it holds no key/],
    [`key k { algorithm hmac-md5; secret "${slashes}"; };`, /its algorithm is none of/],
    ['key k { algorithm hmac-sha256; secret "c2hvcnQ="; };', /less than 16 bytes/],
    [`key k { algorithm hmac-sha256; secret "!${slashes}"; };`, /not well-formed/],
  ] as const)
    await assert.rejects(reads(text), (error: Error) => problem.test(error.message) && !error.message.includes(slashes))
})
