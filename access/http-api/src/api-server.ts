import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'

/** A server whose handlers get the types of their route's schemas. */
export type ApiServer = ReturnType<typeof withSchemaTypes>
export const withSchemaTypes = (app: FastifyInstance) => app.withTypeProvider<ZodTypeProvider>()
