import type { FastifyServerOptions } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'

/** Schemas are Zod's. Told so at the beginning, Fastify does not load the compilers of JSON Schema, which nothing here would use. */
export const zodCompilers = {
  schemaController: {
    compilersFactory: { buildValidator: () => validatorCompiler, buildSerializer: () => serializerCompiler },
  },
  // Fastify's type of the option knows the compilers of JSON Schema alone.
} as unknown as Pick<FastifyServerOptions, never>
