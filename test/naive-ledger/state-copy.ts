import type { NaiveState } from './state.ts'

/** Another state with the same in it, which changes apart. Bytes and rows of fee blocks are shared, for nothing changes those. */
export function copyOf(state: NaiveState): NaiveState {
  const { feeRows, dailyRows, ...rest } = state
  return { ...(copyOfValue(rest) as typeof rest), feeRows: [...feeRows], dailyRows: [...dailyRows] }
}

function copyOfValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(copyOfValue)
  const copy: Record<string, unknown> = {}
  for (const [field, of] of Object.entries(value)) copy[field] = copyOfValue(of)
  return copy
}
