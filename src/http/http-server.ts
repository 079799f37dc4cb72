import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { AuroraError } from '../domain/errors.ts';
import { guardAccess } from './access.ts';
import { closableServers } from './closable-servers.ts';
import { addBullBoard } from './bull-board.ts';
import { answerErrors, answerNoRequest } from './error-answers.ts';
import type { HttpDeps } from './http-deps.ts';
import { addOpenApi } from './openapi.ts';
import { addPages } from './pages/page-routes.ts';
import { agentRoutes } from './routes/agents.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { escalationRoutes } from './routes/escalations.ts';
import { healthRoutes } from './routes/health.ts';
import { loginRoutes } from './routes/login.ts';
import { mcpRoutes } from './routes/mcp.ts';
import { memoryRoutes } from './routes/memories.ts';
import { memoryHistoryRoutes } from './routes/memory-history.ts';
import { messageRoutes } from './routes/messages.ts';
import { projectRoutes } from './routes/projects.ts';
import { runEventRoutes } from './routes/run-events.ts';
import { revisionRoutes } from './routes/revisions.ts';
import { runRoutes } from './routes/runs.ts';
import { traceRoutes } from './routes/trace.ts';
import { taskRoutes } from './routes/tasks.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { serveAssets } from './assets.ts';

/** Bytes of a request body: 1 MB of requirement text may double in JSON. */
const bodyLimit = 2 * 1024 * 1024;

/**
 * Makes the web server: the API under `/v1`, its documentation, Bull Board, metrics, health and the
 * pages. It does not listen yet.
 *
 * @throws AuroraError config-invalid when `host` is not loopback and there is no token
 */
export async function createHttpServer(deps: HttpDeps): Promise<FastifyInstance> {
  const servers = closableServers();
  const loggerInstance: FastifyBaseLogger = deps.logger;
  const app = Fastify({
    serverFactory: servers.create,
    loggerInstance,
    // Our own line per request is below.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    clientErrorHandler: answerNoRequest,
    routerOptions: { maxParamLength: 300 },
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('preClose', async () => servers.closeUnused());
  answerErrors(app);
  addSecurityHeaders(app);
  guardAccess(app, deps.token, deps.host);
  logRequests(app);

  await addOpenApi(app);
  await app.register(healthRoutes(deps));
  await app.register(loginRoutes(deps));
  await app.register(serveAssets);
  await app.register(runRoutes(deps), { prefix: '/v1' });
  await app.register(traceRoutes(deps), { prefix: '/v1' });
  await app.register(revisionRoutes(deps), { prefix: '/v1' });
  await app.register(deliveryRoutes(deps), { prefix: '/v1' });
  await app.register(runEventRoutes(deps), { prefix: '/v1' });
  await app.register(taskRoutes(deps), { prefix: '/v1' });
  await app.register(projectRoutes(deps), { prefix: '/v1' });
  await app.register(escalationRoutes(deps), { prefix: '/v1' });
  await app.register(agentRoutes(deps), { prefix: '/v1' });
  await app.register(memoryRoutes(deps), { prefix: '/v1' });
  await app.register(memoryHistoryRoutes(deps), { prefix: '/v1' });
  await app.register(messageRoutes(deps), { prefix: '/v1' });
  await app.register(mcpRoutes(deps));
  await app.register(addBullBoard(deps.bullBoardQueues), { prefix: '/queues' });
  await app.register(addPages(deps));
  app.setNotFoundHandler((request) => {
    throw new AuroraError('route-not-found', `There is no ${request.method} ${request.url}.`);
  });
  return app;
}

/** One line per request: changes at info, reads (pages poll, probes ask) at debug. */
function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const level = request.method === 'GET' || request.method === 'HEAD' ? 'debug' : 'info';
    request.log[level](
      {
        method: request.method,
        url: request.url,
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime),
      },
      'request answered',
    );
  });
}
