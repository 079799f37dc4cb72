import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { problemSchema } from './problem.ts';
import { allowInlineStyle } from './security-headers.ts';

/** Collects the schemas of all routes registered after it, and shows them at /docs. */
export async function addOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Aurora',
        description:
          'Requirements in, merged and tested branches out. Every problem is `application/problem+json` with a code of docs/errors.md.',
        version: '1',
      },
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      },
      security: [{ token: [] }],
      tags: [
        { name: 'runs', description: 'Submitted requests and what became of them' },
        { name: 'tasks', description: 'Tasks and their attempts' },
        { name: 'escalations', description: 'Questions that wait for a human' },
        { name: 'agents', description: 'The fleet' },
        { name: 'messages', description: 'What running attempts say' },
        { name: 'memories', description: 'What projects have learned' },
        { name: 'operations', description: 'Health and metrics' },
      ],
    },
    transform: (route) => jsonSchemaTransform({ ...route, schema: withProblems(route.schema) }),
  });
  await app.register(async (docs) => {
    allowInlineStyle(docs);
    await docs.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { docExpansion: 'list', validatorUrl: null },
    });
  });
}

/** Every route may answer with a problem; said here once and not at each of them. */
function withProblems(schema: FastifySchema): FastifySchema {
  if (schema.hide) return schema;
  const problem = {
    description: 'A problem; `code` says which',
    content: { 'application/problem+json': { schema: problemSchema } },
  };
  return { ...schema, response: { ...(schema.response as object), default: problem } };
}
