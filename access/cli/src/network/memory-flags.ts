/**
 * For validators that share a machine. Node's collector takes threads of its own in every process; with four processes on two cores they
 * stand in each other's way: 217 against 185 µs of processor time a transfer (docs/decisions/0018).
 */
export const memoryFlags: readonly string[] = ['--single-threaded-gc', '--max-semi-space-size=64']
