import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runDocument } from '../documents/run-document.ts'

const guide = fileURLToPath(new URL('../../../docs/guides/trade-names.md', import.meta.url))

test('the commands of the guide to trade work and print what it shows', () => runDocument(guide))
