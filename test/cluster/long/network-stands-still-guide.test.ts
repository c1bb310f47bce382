import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runDocument } from '../documents/run-document.ts'

const guide = fileURLToPath(new URL('../../../docs/guides/network-stands-still.md', import.meta.url))

test('the commands of the guide to a network that stands still work and print what it shows', () => runDocument(guide))
