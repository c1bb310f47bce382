/** A genesis or a setting that cannot be used. The message is one line for people and starts with the place. */
export class GenesisError extends Error {
  override readonly name = 'GenesisError'
}
