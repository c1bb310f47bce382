import { utf8 } from '@cresset/core-codec'
import { ImportError } from './import-error.ts'
import { importKey } from './import-key.ts'

export const name = 'import-key'

/** Made by `ssh-keygen -t ed25519 -N ''` and `openssl genpkey`, for tests only. */
export const seeds: readonly Uint8Array[] = [
  utf8(
    '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n',
  ),
  utf8(
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQAAACDwPl7daVXyozDL5Ogkw36sgkpBPgtPncmaK5j5zCJAnwAAAIiRnz+lkZ8/pQAAAAtzc2gtZWQyNTUxOQAAACDwPl7daVXyozDL5Ogkw36sgkpBPgtPncmaK5j5zCJAnwAAAEBvkPR5YAKB/mmKg1z1od99BK+rjnPL9Mycvc2Gqfo3NfA+Xt1pVfKjMMvk6CTDfqyCSkE+C0+dyZormPnMIkCfAAAABGZ1enoB\n-----END OPENSSH PRIVATE KEY-----\n',
  ),
]

/** A key is read, or refused in one line that ends nothing else. */
export async function run(bytes: Uint8Array): Promise<void> {
  try {
    await importKey(bytes, async () => utf8('passphrase'))
  } catch (error) {
    if (!(error instanceof ImportError) || error.message.includes('\n')) throw error
  }
}
