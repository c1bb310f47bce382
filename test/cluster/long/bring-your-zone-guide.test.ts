import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipWithout } from '../../../tools/system-tools.ts'
import { runDocument } from '../documents/run-document.ts'

test('the commands of the guide to bringing a zone work and print what it shows', { skip: skipWithout('dig') }, () =>
  runDocument(fileURLToPath(new URL('../../../docs/guides/bring-your-zone.md', import.meta.url))),
)
