import { MembershipError } from './membership-error.ts'

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const zone = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

/** A node's host names: `<node>.ns.<zone>` in each zone. Label `ns` cannot be registered by anybody else. */
export function nodeHosts(name: string, zones: readonly string[]): string[] {
  if (!label.test(name)) {
    throw new MembershipError('name-invalid', `node name ${JSON.stringify(name)}: use a label of a-z, 0-9 and -`)
  }
  return checkZones(zones).map((each) => `${name}.ns.${each}`)
}

export function checkZones(zones: readonly string[]): readonly string[] {
  if (zones.length === 0) throw new MembershipError('zone-invalid', 'a consortium has at least one zone')
  for (const each of zones) {
    if (!zone.test(each))
      throw new MembershipError('zone-invalid', `zone ${JSON.stringify(each)}: use lower case, no dot at the end`)
  }
  return zones
}
