/** What `network status` shows of agreement. */
export interface EngineStatus {
  /** Last committed height. */
  readonly height: number
  /** View of the height that is being decided. */
  readonly view: number
  /** Account of the view's proposer, in hex. */
  readonly proposer: string
  readonly phase: string
  /** Why there is no progress, in one line; undefined when nothing is wrong. */
  readonly trouble: string | undefined
  /** Highest height that a peer told. */
  readonly highestSeen: number
  /** Agreement's own numbers, for metrics. */
  readonly counters: Readonly<Record<string, number>>
}

export interface Engine {
  /** Resolves when the engine takes part. Throws when its records contradict the application. */
  start(): Promise<void>
  /** Ends timers and handlers; what is being written is waited for. */
  stop(): Promise<void>
  status(): EngineStatus
}
