import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { zoneFileName } from './zone-file-name.ts'

test('no two zones have one file, and none leaves its folder', () => {
  const names = ['.', 'root', 'example.org', 'a+12345', 'a%2b12345', '\\.\\./x', 'a/b', '\\.\\.', 'a\\000b', '*.org']
  const files = names.map((name) => zoneFileName(parseAbsoluteName(name)))
  assert.equal(new Set(files).size, names.length)
  assert.equal(files[0], 'root')
  assert.equal(files[2], 'example.org')
  for (const file of files) assert.match(file, /^(?!\.+$)[a-z0-9._%-]+$/)
})
