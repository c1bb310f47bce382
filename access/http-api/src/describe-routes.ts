import fastify, { type FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { zodCompilers } from './zod-compilers.ts'

/**
 * The OpenAPI document of routes, from a server that never listens. What makes it is loaded when it is asked for: that is a tenth of the
 * work of a node's start, and hardly any node is ever asked.
 */
export async function describeRoutes(install: (instance: FastifyInstance) => void): Promise<object> {
  const { default: swagger } = await import('@fastify/swagger')
  const app: FastifyInstance = fastify({ ...zodCompilers })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Cresset node',
        description:
          'Submit transactions, read committed state, and get proofs of it. Answers without a proof rest on the word of the node.',
        version: '1',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
    },
    transform: jsonSchemaTransform,
  })
  await app.register(async (instance) => install(instance))
  await app.ready()
  try {
    return app.swagger()
  } finally {
    await app.close()
  }
}
