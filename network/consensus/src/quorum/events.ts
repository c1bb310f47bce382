import type { Block, CommitCertificate } from '@cresset/core-chain'
import type { PeerId } from '../interface/index.ts'
import type { Members } from './members.ts'
import type { Message } from './messages.ts'
import type { RecordEntry } from './record.ts'
import type { Roots } from './state.ts'
import type { CheckedMessage } from './verify.ts'

/**
 * - `due`: a block is due although nothing may be pending
 * - `pace`: the pause after a busy block
 * - `view`: the view took too long
 * - `repeat`: send own messages again
 */
export type TimerName = 'due' | 'pace' | 'view' | 'repeat'

/** What happens to an engine. `nowMs` is the wall clock, used to date and judge fresh blocks and for nothing else. */
export type Event =
  | { readonly kind: 'start'; readonly nowMs: number; readonly pending: boolean }
  | { readonly kind: 'message'; readonly message: CheckedMessage; readonly nowMs: number }
  | {
      readonly kind: 'timeout'
      readonly timer: TimerName
      readonly height: number
      readonly view: number
      readonly nowMs: number
    }
  /** A record that `record` asked for is durable. */
  | { readonly kind: 'recorded'; readonly record: number; readonly nowMs: number }
  /** Answer to `build`. */
  | {
      readonly kind: 'built'
      readonly height: number
      readonly view: number
      readonly timeMs: number
      readonly transactions: readonly Uint8Array[]
    }
  /** Answer to `check`. */
  | { readonly kind: 'checked'; readonly height: number; readonly blockHash: Uint8Array; readonly code: string }
  /** Answer to `execute`; without roots when the application cannot execute the block. */
  | {
      readonly kind: 'executed'
      readonly height: number
      readonly blockHash: Uint8Array
      readonly roots: Roots | undefined
    }
  /** Answer to `commit`. `nextMembers` are those of two heights further on, as the state after this block has them. */
  | {
      readonly kind: 'stored'
      readonly height: number
      readonly nextMembers: Members
      readonly wantsBlockWithinMs: number | undefined
      readonly pending: boolean
      readonly nowMs: number
    }
  /** A transaction was admitted. */
  | { readonly kind: 'pending'; readonly nowMs: number }
  /** A block asked for by hash; its body matches its header. */
  | {
      readonly kind: 'block'
      readonly block: Block
      readonly bytes: Uint8Array
      readonly blockHash: Uint8Array
      readonly nowMs: number
    }
  /** A block of the current height with a checked certificate, from catch-up. */
  | {
      readonly kind: 'certified'
      readonly block: Block
      readonly bytes: Uint8Array
      readonly certificate: CommitCertificate
      readonly encodedCertificate: Uint8Array
    }
  | { readonly kind: 'link'; readonly peer: PeerId; readonly up: boolean }
  /** A node told its last committed height: at most this node's own, or proved by a certificate. */
  | { readonly kind: 'told'; readonly peer: PeerId; readonly height: number; readonly nowMs: number }

/** What an engine asks for. The driver carries effects out in order. */
export type Effect =
  | { readonly kind: 'send'; readonly to: 'all' | PeerId; readonly message: Message }
  /** Write to the vote record; `recorded` follows when it is durable. */
  | { readonly kind: 'record'; readonly record: number; readonly height: number; readonly entry: RecordEntry }
  /** Sets the timer of this name, whether or not it runs. */
  | {
      readonly kind: 'timer'
      readonly timer: TimerName
      readonly delayMs: number
      readonly height: number
      readonly view: number
    }
  | { readonly kind: 'build'; readonly height: number; readonly view: number; readonly timeMs: number }
  | { readonly kind: 'check'; readonly height: number; readonly blockHash: Uint8Array; readonly block: Block }
  | { readonly kind: 'execute'; readonly height: number; readonly blockHash: Uint8Array; readonly block: Block }
  | {
      readonly kind: 'commit'
      readonly transactions: number
      readonly height: number
      readonly blockHash: Uint8Array
      readonly block: Uint8Array
      readonly certificate: Uint8Array
    }
  /** What this node has contradicts a certificate: keep both for the operator. */
  | {
      readonly kind: 'diverged'
      /** What differs: the roots of its own execution, the block before, or the validators of the height. */
      readonly cause: 'roots' | 'parent' | 'validators'
      readonly height: number
      readonly block: Uint8Array
      readonly certificate: CommitCertificate
      readonly own: Roots | undefined
    }
  /** A certificate holds a vote of this node's key that this node did not cast. */
  | { readonly kind: 'key-used-elsewhere'; readonly height: number; readonly view: number }
  | {
      readonly kind: 'log'
      readonly level: 'info' | 'warn'
      readonly event: string
      readonly details: Readonly<Record<string, unknown>>
    }
