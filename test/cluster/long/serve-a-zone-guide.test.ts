import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipWithout } from '../../../tools/system-tools.ts'
import { runDocument } from '../documents/run-document.ts'

test('the commands of the guide to zones work and print what it shows', { skip: skipWithout('dig', 'delv') }, () =>
  runDocument(fileURLToPath(new URL('../../../docs/guides/serve-a-zone.md', import.meta.url))),
)
