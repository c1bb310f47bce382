import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Episode } from '../episode.ts'
import { makeGuest } from '../guest.ts'
import { MemberVotes } from '../member-votes.ts'
import type { Victim, Victims } from '../victims.ts'

const WITHIN_MS = 60_000

let votes: { readonly of: Victims; readonly members: MemberVotes } | undefined

/** By vote a node is admitted and made a validator, one of the old ones is killed meanwhile, and the new one is taken out again. */
export const members: Episode = {
  name: 'members',
  async run({ victims, load, random, turn }) {
    if (votes?.of !== victims) votes = { of: victims, members: new MemberVotes(victims) }
    const { members } = votes
    const name = `guest${turn + 1}`
    // Beside the others: its log is kept with theirs when it fails.
    const { folder } = victims.paths.node(name)
    const { victim: guest, id, admission } = await makeGuest(victims, folder, name)
    try {
      await guest.start()
      await members.decide(admission)
      await untilMember(victims, guest, 'follows', ({ ready, height }) => ready && height > 0)
      await members.decide({ kind: 'validatorIn', body: { node: id } })
      await untilMember(victims, guest, 'votes', (status) => status.ready && validatorsOf(status).includes(name))
      await load.probe(guest, WITHIN_MS)
      // Of five, four decide: with one of the old ones down the new one's votes are needed.
      const downed = victims.all[1 + (turn % (victims.all.length - 1))] as Victim
      await downed.kill()
      await delay(random.between(300, 1_500))
      await load.probe(guest, WITHIN_MS)
      await downed.start()
      await members.decide({ kind: 'validatorOut', body: { node: id } })
      await untilMember(victims, guest, 'votes no more', (status) => !validatorsOf(status).includes(name))
      await members.decide({ kind: 'removeNode', body: { node: id } })
      await untilMember(victims, guest, 'knows that it was removed', ({ problems }) =>
        problems.some((line) => /does not list .* any more/.test(line)),
      )
      const mendedAtMs = performance.now()
      await guest.end()
      await rm(folder, { recursive: true })
      assert.deepEqual(guest.unexpectedEnds, [])
      return { what: `${name} voted in and out, ${downed.name} killed meanwhile`, mendedAtMs }
    } finally {
      await guest.close()
    }
  },
}

type Seen = Awaited<ReturnType<Victims['until']>>

const validatorsOf = ({ agreement }: Seen): string[] => agreement.validators.map(({ name }) => name)

function untilMember(victims: Victims, guest: Victim, what: string, isRight: (status: Seen) => boolean) {
  return victims.until(guest, isRight, `is admitted and never ${what}`, WITHIN_MS)
}
