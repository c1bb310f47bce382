import { equalNames, lowerCaseName, Rcode, RecordClass } from '@cresset/dns-wire'
import type { AnswerLimits } from '../answer/limits.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import type { TsigKey } from '../tsig/tsig-key.ts'
import { TSIG_FUDGE_SECONDS, type TsigSession } from '../tsig/tsig-session.ts'
import type { ZoneSource } from '../zone-source.ts'
import { planUpdate, type UpdatePlan } from './plan-update.ts'
import { grantsInZone, type UpdateGrant } from './update-grant.ts'
import { readUpdate, type UpdateMessage } from './update-message.ts'
import { UpdateRate } from './update-rate.ts'
import { UpdateReplays } from './update-replays.ts'
import { type UpdateAnswer, updateResponse } from './update-response.ts'

/** Who may change zones. */
export interface UpdateRules {
  readonly keys: readonly TsigKey[]
  readonly grants: readonly UpdateGrant[]
  /** Of one key; more are answered with SERVFAIL. */
  readonly updatesPerSecond: number
}

/** What became of a planned update. */
export interface UpdateOutcome extends UpdateAnswer {
  readonly kind: 'changed' | 'unchanged' | 'refused' | 'failed'
  /** Why it failed, for whoever runs the server; one line. */
  readonly problem?: string
}

/** Zones that can be changed. */
export interface UpdateTarget {
  /** Finds the zone that holds a name. */
  readonly source: ZoneSource
  /** Carries out what `plan` decides on the zone as it is then. A change is durable, and seen by queries, when the promise is fulfilled. */
  update(apex: Uint8Array, plan: (zone: MemoryZone) => UpdatePlan): Promise<UpdateOutcome>
}

/** Updates that were answered, since the start. */
export interface UpdateCounters {
  changed: number
  /** All was as it was to be, or a prerequisite was not met. */
  unchanged: number
  refused: number
  /** It could not be written down, or there were too many. */
  failed: number
}

/** Updates that wait for their turn; each holds a message. */
const MAX_WAITING = 256
/** A signature is good for the fudge before and behind the time that it names. */
const REPLAY_SECONDS = 2 * TSIG_FUDGE_SECONDS

/** Answers dynamic updates (RFC 2136) of those who sign with a key that may change the zone (RFC 3007, RFC 8945). One for all listeners. */
export class UpdateServer {
  readonly counters: UpdateCounters = { changed: 0, unchanged: 0, refused: 0, failed: 0 }
  readonly #rules: UpdateRules
  readonly #target: UpdateTarget
  readonly #nowMs: () => number
  readonly #rate: UpdateRate
  readonly #replays: UpdateReplays<Promise<UpdateAnswer>>
  #waiting = 0

  /** `nowMs`: of a clock that never goes back. */
  constructor(rules: UpdateRules, target: UpdateTarget, nowMs: () => number) {
    const { keys, updatesPerSecond } = rules
    this.#rules = rules
    this.#target = target
    this.#nowMs = nowMs
    this.#rate = new UpdateRate(updatesPerSecond)
    // As many as the rate lets through, with room for its bursts.
    const kept = Math.ceil(updatesPerSecond * REPLAY_SECONDS * 1.1 * keys.length)
    this.#replays = new UpdateReplays(REPLAY_SECONDS * 1_000, kept)
  }

  /** Keys whose signatures are looked at. */
  get keys(): readonly TsigKey[] {
    return this.#rules.keys
  }

  /** The response to a message that `isUpdate`. `message` is without its TSIG record; `session` is of its good signature. */
  answer(
    message: Uint8Array,
    session: TsigSession | undefined,
    limits: AnswerLimits,
  ): Uint8Array | Promise<Uint8Array> {
    const update = readUpdate(message)
    const respond = (answer: UpdateAnswer): Uint8Array => {
      const response = updateResponse(message, answer, limits, update)
      return session?.sign(response) ?? response
    }
    const refuse = (rcode: number, text: string): Uint8Array => {
      this.counters.refused += 1
      return respond({ rcode, text })
    }
    if (update === undefined) return refuse(Rcode.FORMERR, '')
    if ((update.ednsVersion ?? 0) !== 0) return refuse(Rcode.BADVERS, '')
    const key = session?.key
    if (session === undefined || key === undefined) return refuse(Rcode.REFUSED, 'updates are signed with a key')
    // Grants go by names, which a key for transfers may have too.
    if (!this.#rules.keys.includes(key)) return refuse(Rcode.REFUSED, 'the key may not change this zone')
    if (session.fudgeSeconds > TSIG_FUDGE_SECONDS) return refuse(Rcode.REFUSED, 'the signature holds for too long')
    const apex = this.#zoneOf(lowerCaseName(update.zone.name))
    if (update.zone.class !== RecordClass.IN || apex === undefined || !equalNames(apex, update.zone.name))
      return refuse(Rcode.NOTAUTH, 'this server is not the primary of the zone')
    const grants = grantsInZone(this.#rules.grants, key, apex, (name) => this.#zoneOf(name))
    // Before the prerequisites, which tell of what is there.
    if (grants.length === 0) return refuse(Rcode.REFUSED, 'the key may not change this zone')
    const nowMs = this.#nowMs()
    const known = this.#replays.find(session.requestMac, nowMs)
    if (known !== undefined) return known.then(respond)
    const hasRoom = this.#waiting < MAX_WAITING && this.#replays.hasRoom(nowMs)
    if (!hasRoom || !this.#rate.take(String(key), nowMs)) {
      this.counters.failed += 1
      return respond({ rcode: Rcode.SERVFAIL, text: 'too many updates' })
    }
    const answered = this.#carryOut(apex, update, grants)
    this.#replays.keep(session.requestMac, answered, nowMs)
    return answered.then(respond)
  }

  #zoneOf(name: Uint8Array): Uint8Array | undefined {
    return this.#target.source.findZone(name, 0)?.apex
  }

  async #carryOut(apex: Uint8Array, update: UpdateMessage, grants: readonly UpdateGrant[]): Promise<UpdateAnswer> {
    this.#waiting += 1
    try {
      const { prerequisites, updates } = update
      const outcome = await this.#target.update(apex, (zone) => planUpdate(zone, prerequisites, updates, grants))
      this.counters[outcome.kind] += 1
      return outcome
    } finally {
      this.#waiting -= 1
    }
  }
}
