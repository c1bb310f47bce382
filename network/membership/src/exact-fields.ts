/** The fields of a JSON object that has exactly these; undefined for anything else. */
export function exactFields<Name extends string>(
  value: unknown,
  names: readonly Name[],
): Record<Name, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const found = Object.keys(value)
  if (found.length !== names.length || !names.every((name) => Object.hasOwn(value, name))) return undefined
  return value as Record<Name, unknown>
}
