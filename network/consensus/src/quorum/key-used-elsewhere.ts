/** Another process votes with this node's key. Both together could sign two blocks of one height, so this one stops. */
export class KeyUsedElsewhereError extends Error {
  constructor(height: number, view: number) {
    super(
      `another process votes with this node's consensus key: a vote for height ${height}, view ${view} is not from here; ` +
        'let only one of them run, and start that one again',
    )
    this.name = 'KeyUsedElsewhereError'
  }
}
