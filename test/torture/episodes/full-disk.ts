import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { mountSmallDisk } from '../../../network/storage/src/testing/small-disk.ts'
import type { Episode } from '../episode.ts'
import type { Victim } from '../victims.ts'

const MIB = 2 ** 20
const ROOM_MIB = 8
const ENDS_WITHIN_MS = 60_000

let reason: string | undefined
let isKnown = false

/** Its disk has no room left: it ends with one line, and with room again it goes on where it was. */
export const fullDisk: Episode = {
  name: 'full-disk',
  skip() {
    if (!isKnown) {
      isKnown = true
      const probe = mountSmallDisk(1)
      if ('skip' in probe) reason = probe.skip
      else probe.unmount()
    }
    return reason
  },
  async run({ victims, turn }) {
    const victim = victims.all[(turn + 1) % victims.all.length] as Victim
    const data = victim.dataFolder
    await victim.end()
    const usedMib = Math.ceil(Number(execFileSync('du', ['-sk', data], { encoding: 'utf8' }).split('\t')[0]) / 1_024)
    const disk = mountSmallDisk(usedMib + ROOM_MIB)
    if ('skip' in disk) throw new Error(disk.skip)
    const unmount = (): void => disk.unmount()
    process.once('exit', unmount)
    const moved = join(disk.path, 'data')
    try {
      await cp(data, moved, { recursive: true })
      await rename(data, `${data}.kept`)
      await symlink(moved, data)
      await victim.start()
      await writeFile(join(disk.path, 'ballast'), new Uint8Array((usedMib + ROOM_MIB) * MIB)).catch(() => undefined)
      victim.mayEnd()
      const deadlineMs = performance.now() + ENDS_WITHIN_MS
      while (victim.running && performance.now() < deadlineMs) await delay(20)
      assert.ok(!victim.running, `${victim.name} goes on without room on its disk`)
      assert.match(await victim.lastLogLine(), /no space left on the device.*make room and start the node again/)
      await rm(join(disk.path, 'ballast'), { force: true })
      await rm(data)
      await mkdir(data)
      await cp(moved, data, { recursive: true })
      await victim.start()
      await rm(`${data}.kept`, { recursive: true })
    } finally {
      process.removeListener('exit', unmount)
      unmount()
    }
    return { what: `${victim.name} had no room on its disk`, mendedAtMs: performance.now() }
  },
}
