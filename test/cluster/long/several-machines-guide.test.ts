import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipWithout } from '../../../tools/system-tools.ts'
import { runDocument } from '../documents/run-document.ts'

const guide = fileURLToPath(new URL('../../../docs/guides/several-machines.md', import.meta.url))

test(
  'the commands of the guide to several machines work and print what it shows',
  { skip: skipWithout('dig', 'curl') },
  () => runDocument(guide),
)
