import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipWithout } from '../../../tools/system-tools.ts'
import { runDocument } from '../documents/run-document.ts'

const guide = fileURLToPath(new URL('../../../docs/guides/trust-anchors.md', import.meta.url))

test(
  'the commands of the guide to signed zones work and print what it shows, also to delv and unbound, with an anchor in a token',
  { skip: skipWithout('dig', 'delv', 'unbound', 'softhsm2-util') },
  () => runDocument(guide),
)
