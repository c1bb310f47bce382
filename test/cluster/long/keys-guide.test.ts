import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipWithout } from '../../../tools/system-tools.ts'
import { runDocument } from '../documents/run-document.ts'

const guide = fileURLToPath(new URL('../../../docs/guides/keep-keys.md', import.meta.url))

test(
  'the commands of the guide to keys work and print what it shows',
  {
    skip: skipWithout('softhsm2-util', 'ssh-keygen'),
  },
  () => runDocument(guide),
)
