import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipWithout } from '../../tools/system-tools.ts'
import { runDocument } from './documents/run-document.ts'

test("the README's five minutes work and print what it shows", { skip: skipWithout('dig', 'openssl', 'curl') }, () =>
  runDocument(fileURLToPath(new URL('../../README.md', import.meta.url))),
)
