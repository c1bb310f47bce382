import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipWithout } from '../../../tools/system-tools.ts'
import { runDocument } from '../documents/run-document.ts'

const guide = fileURLToPath(new URL('../../../docs/guides/servers-and-addresses.md', import.meta.url))

test(
  'the commands of the guide on servers and addresses work and print what it shows',
  { skip: skipWithout('dig') },
  () => runDocument(guide),
)
