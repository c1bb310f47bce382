import { join } from 'node:path'
import type { NodeBackend } from '@cresset/access-http-api'
import type { Logger } from 'pino'
import { Webhook } from './webhook.ts'
import { fileCursor, memoryCursor } from './webhook-cursor.ts'
import type { WebhookSettings } from './webhook-file.ts'
import { readWebhookSecret } from './webhook-secret.ts'

/** Starts all of them. Secrets are read here, once. @throws StartError */
export async function startWebhooks(
  settings: readonly WebhookSettings[],
  dataFolder: string | undefined,
  backend: NodeBackend,
  logger: Logger,
): Promise<{ close(): Promise<void> }> {
  const signers = await Promise.all(settings.map(({ secretFiles }) => Promise.all(secretFiles.map(readWebhookSecret))))
  const webhooks = settings.map(
    (each, index) =>
      new Webhook({
        settings: each,
        signers: signers[index] ?? [],
        cursor: dataFolder === undefined ? memoryCursor() : fileCursor(join(dataFolder, 'webhooks', `${each.id}.json`)),
        backend,
        log: (level, details, text) => logger[level](details, text),
      }),
  )
  return {
    async close() {
      await Promise.all(webhooks.map((webhook) => webhook.close()))
    },
  }
}
