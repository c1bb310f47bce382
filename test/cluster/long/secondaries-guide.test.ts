import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipWithout } from '../../../tools/system-tools.ts'
import { runDocument } from '../documents/run-document.ts'

test(
  'the commands of the guide to secondaries work and print what it shows',
  {
    skip: skipWithout('dig', 'openssl', 'knotd', 'nsd'),
  },
  () => runDocument(fileURLToPath(new URL('../../../docs/guides/secondaries.md', import.meta.url))),
)
