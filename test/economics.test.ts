import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { figureGroups, withFigures } from './economics/economics-table.ts'
import type { Figure } from './economics/figure.ts'

const page = readFileSync(new URL('../docs/protocol/economics.md', import.meta.url), 'utf8')

for (const [attack, play] of Object.entries(figureGroups)) {
  // What each attack must cost is asserted where it is played.
  test(`${attack}: attacker and others pay what docs/protocol/economics.md says (else run write-economics.ts)`, () => {
    const figures = play()
    assert.ok(figures.length > 0)
    assert.equal(withFigures(page, attack as Figure['attack'], figures), page)
  })
}
