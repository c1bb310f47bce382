import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { toHex } from '@cresset/core-codec'
import type { Load, Told } from './load.ts'
import { target } from './load.ts'
import type { NodeStatus, Victim, Victims } from './victims.ts'

const RECOVERY_MS = 60_000
/** Requests under way at one node. */
const LANES = 8

/** Waits until every node follows, is linked, votes, and takes a transaction to its end. */
export async function recovered(victims: Victims, load: Load): Promise<void> {
  await Promise.all(
    victims.all.map((victim) =>
      victims.until(victim, ({ ready, problems }) => ready && problems.length === 0, 'has not recovered', RECOVERY_MS),
    ),
  )
  for (const victim of victims.all) await load.probe(victim, RECOVERY_MS)
}

/** All stand at one height: their roots, their blocks and what the load paid are the same, and every transfer is there once. */
export async function assertOneLedger(victims: Victims, paid: number): Promise<NodeStatus> {
  const deadlineMs = performance.now() + RECOVERY_MS
  for (;;) {
    const statuses = await Promise.all(victims.all.map((victim) => victim.status()))
    const [first] = statuses
    if (first !== undefined && statuses.every((status) => status?.height === first.height)) {
      for (const status of statuses) {
        assert.equal(status?.stateRoot, first.stateRoot, `${status?.node} has another state at height ${first.height}`)
        assert.equal(status?.blockHash, first.blockHash, `${status?.node} has another block ${first.height}`)
      }
      for (const victim of victims.all) {
        const balance = await balanceOf(victim)
        assert.equal(balance, BigInt(paid), `${victim.name}: ${paid} transfers are final, ${balance} took effect`)
      }
      return first
    }
    const heights = statuses.map((status) => status?.height ?? '?').join(', ')
    assert.ok(performance.now() < deadlineMs, `the nodes do not come to one height: ${heights}`)
    await delay(20)
  }
}

async function balanceOf(victim: Victim): Promise<bigint> {
  const { body } = await victim.api.ask(`/v1/accounts/${toHex(target)}`, { timeoutMs: 5_000 })
  return BigInt((body as { value: { balance: string } }).value.balance)
}

/** Asks every node for each of these transactions, which a client was told are final. Resolves to how many answers were right. */
export async function assertNoneMissing(victims: Victims, told: readonly Told[]): Promise<number> {
  const counts = await Promise.all(victims.all.map((victim) => askAll(victim, told)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function askAll(victim: Victim, told: readonly Told[]): Promise<number> {
  const asked = told.filter(({ height }) => height >= victim.executesFrom)
  let next = 0
  const lane = async (): Promise<void> => {
    for (let one = asked[next++]; one !== undefined; one = asked[next++]) {
      const { status, body } = await victim.api.ask(`/v1/transactions/${one.id}`, { timeoutMs: 30_000 })
      const found = body as { status?: string; height?: number }
      assert.ok(
        status === 200 && found.status === 'final' && found.height === one.height,
        `a client was told that ${one.id} is final in block ${one.height}; ${victim.name} answers ${status} ${JSON.stringify(found)}`,
      )
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return asked.length
}
