import { type DnsTlsServerOptions, serveDnsByTls, type TlsListener } from '@cresset/dns-server'
import type { CertificateReading } from '../dns-metrics.ts'
import { type Listen, listenToText } from '../folder/listen.ts'
import { listening } from '../listening.ts'
import type { Resources } from '../resources.ts'
import { StartError } from '../start-error.ts'
import { type ReadTlsFiles, readTlsFiles, type TlsFiles } from './tls-files.ts'

export interface TlsOptions {
  readonly listen: readonly Listen[]
  readonly files: TlsFiles
}

/** Listeners for TLS with one certificate, which can be replaced while they are open. */
export class TlsListeners {
  readonly #options: TlsOptions
  readonly #onProblem: (message: string) => void
  readonly #onCertificate: (reading: CertificateReading) => void
  readonly #listeners: TlsListener[] = []
  #used: ReadTlsFiles | undefined
  #last: Promise<void> = Promise.resolve()

  /** `onProblem` is told, a line each, of what does not stop the server; `onCertificate` of a certificate that took another one's place. */
  constructor(
    options: TlsOptions,
    onProblem: (message: string) => void,
    onCertificate: (reading: CertificateReading) => void,
  ) {
    this.#options = options
    this.#onProblem = onProblem
    this.#onCertificate = onCertificate
  }

  get listeners(): readonly TlsListener[] {
    return this.#listeners
  }

  /** The one in use. */
  get certificate(): CertificateReading | undefined {
    const used = this.#used
    return used && { file: this.#options.files.certificate, endsAtMs: used.endsAtMs }
  }

  /** `HOST:PORT` of each. */
  get endpoints(): string[] {
    return this.#listeners.map(({ address, port }) => listenToText({ host: address, port }))
  }

  /** @throws StartError */
  async open(
    answering: (at: Listen) => Omit<DnsTlsServerOptions, 'address' | 'port' | 'credentials'>,
    resources: Resources,
  ): Promise<void> {
    const { listen, files } = this.#options
    const credentials = await this.#read(files)
    for (const at of listen) {
      const listener = await listening('DNS', '--tls-listen', at, () =>
        serveDnsByTls({ ...answering(at), address: at.host, port: at.port, credentials }),
      )
      this.#listeners.push(resources.add(listener))
    }
    this.#used = credentials
  }

  /** Reads the files again; what cannot be used changes nothing. One after the other: what was read last is used. */
  reload(): Promise<void> {
    const reload = (): Promise<void> => this.#reload()
    this.#last = this.#last.then(reload, reload)
    return this.#last
  }

  async #reload(): Promise<void> {
    try {
      const credentials = await this.#read(this.#options.files)
      for (const listener of this.#listeners) listener.use(credentials)
      const isNew = credentials.certificate !== this.#used?.certificate
      this.#used = credentials
      if (isNew && this.certificate !== undefined) this.#onCertificate(this.certificate)
    } catch (error) {
      if (!(error instanceof StartError)) throw error
      this.#onProblem(`TLS goes on with the certificate from before: ${error.message}`)
    }
  }

  async #read(files: TlsFiles): Promise<ReadTlsFiles> {
    const read = await readTlsFiles(files)
    if (read.endsAtMs <= Date.now())
      this.#onProblem(`${files.certificate}: the certificate ended on ${new Date(read.endsAtMs).toISOString()}`)
    return read
  }
}
