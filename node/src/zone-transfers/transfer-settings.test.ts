import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parsePrefix } from '@cresset/dns-server'
import { formatName, parseAbsoluteName } from '@cresset/dns-wire'
import { readTransfers } from './transfer-settings.ts'

test('secondaries are told by the key of that name, or by the first one', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-transfer-settings-'))
  context.after(() => rm(folder, { recursive: true }))
  const tsigKey = ['one', 'two'].map((name) => join(folder, name))
  for (const [index, path] of tsigKey.entries()) {
    const text = `key "Key${index}.example" { algorithm hmac-sha256; secret "c2VjcmV0IG9mIHR3byBzZXJ2ZXJz"; };`
    await writeFile(path, text, { mode: 0o600 })
  }
  const place = { address: '192.0.2.53', port: 53 }
  const notify = [place, { ...place, keyName: 'KEY1.example' }, { ...place, keyName: 'key1.example.' }]
  const read = await readTransfers({ tsigKey, notify })
  const names = read?.notify.map(({ key }) => key && formatName(key.name))
  assert.deepEqual(names, ['key0.example.', 'key1.example.', 'key1.example.'])
  assert.deepEqual([read?.rules.keys.length, read?.catalog, read?.zones], [2, undefined, undefined])
  const unknown = readTransfers({ tsigKey, notify: [{ ...place, keyName: 'other' }] })
  await assert.rejects(
    unknown,
    /^StartError: the secondary at 192\.0\.2\.53 is told by the key other, and no TSIG key has that name$/,
  )
  await assert.rejects(readTransfers({ tsigKey: [join(folder, 'none')] }), /no such file/)
})

test('without anybody who may take zones there is nobody to tell, and no catalog', async () => {
  assert.equal(await readTransfers({}), undefined)
  assert.equal(await readTransfers({ transferZone: [parseAbsoluteName('acme')] }), undefined)
  const notify = [{ address: '192.0.2.53', port: 53 }]
  await assert.rejects(readTransfers({ notify }), /nobody may take: give a TSIG key or addresses that may/)
  await assert.rejects(readTransfers({ catalog: parseAbsoluteName('c') }), /nobody may take: give a TSIG key/)
  const read = await readTransfers({ notify, allowTransfer: [parsePrefix('192.0.2.0/24')!] })
  // By address alone, the message goes unsigned.
  assert.deepEqual(read?.notify, notify)
})
