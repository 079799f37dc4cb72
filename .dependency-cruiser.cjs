/** The import rule of docs/architecture.md. test/import-rule.test.ts proves that it reads our files. */
const only = (name, packages, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^(src|workers)/', pathNot: allowed },
  to: { path: packages },
});
const npm = (name) => `node_modules/${name}/`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'domain-stands-alone',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { path: '^src/(?!domain/)' },
    },
    {
      name: 'maestro-knows-no-agents',
      comment: 'They meet in the queue and the record.',
      severity: 'error',
      from: { path: '^src/maestro/' },
      to: { path: '^src/agents/' },
    },
    {
      name: 'agents-know-no-maestro',
      severity: 'error',
      from: { path: '^src/agents/' },
      to: { path: '^src/maestro/' },
    },
    {
      name: 'delivery-knows-git-and-the-record',
      comment: 'Maestro and people have it done; it starts nothing itself.',
      severity: 'error',
      from: { path: '^src/delivery/' },
      to: { path: '^src/(?!delivery/|domain/|git/|storage/)' },
    },
    {
      name: 'merging-stands-alone',
      comment: 'Resolvers are pure: text in, text out; no git, no files, no clock.',
      severity: 'error',
      from: { path: '^src/merging/' },
      to: { path: '^src/(?!merging/)|^(node:)?(fs|child_process|net|http)' },
    },
    {
      name: 'drawing-knows-the-domain-alone',
      severity: 'error',
      from: { path: '^src/drawing/' },
      to: { path: '^src/(?!drawing/|domain/)' },
    },
    {
      name: 'http-and-cli-on-top',
      severity: 'error',
      from: { path: '^src/(?!http/|cli/|runtime/|index\\.ts$)' },
      to: { path: '^src/(http|cli|runtime)/' },
    },
    {
      name: 'storage-below',
      comment: 'The record knows the domain and nothing above it.',
      severity: 'error',
      from: { path: '^src/storage/' },
      to: { path: '^src/(?!storage/|domain/)' },
    },
    {
      name: 'nobody-imports-entry-points',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^workers/|^src/cli/main\\.ts$' },
    },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    only('bullmq-in-queue', npm('bullmq'), '^src/queue/', 'One place speaks to the queue.'),
    only('bull-board-in-http', npm('@bull-board'), '^src/http/'),
    only('sql-in-storage', npm('drizzle-orm'), '^src/storage/'),
    only(
      'pg-in-storage',
      npm('pg'),
      '^src/(storage|queue|runtime)/',
      'The queue gets its pool handed.',
    ),
    only('ioredis-in-storage', npm('ioredis'), '^src/(storage|queue)/'),
    only('mem0-in-its-tier', npm('mem0ai'), '^src/memory/memory-tiers/'),
    only('model-providers-behind-one-door', npm('@ai-sdk'), '^src/models/'),
    only(
      'ai-sdk-where-models-are-asked',
      npm('ai'),
      '^src/(models|maestro/planning|agents/executors)/',
    ),
    only('fastify-in-http', npm('(fastify|@fastify)'), '^src/http/'),
    only('mcp-on-top', npm('@modelcontextprotocol'), '^src/(http|cli)/'),
    only('prom-client-in-telemetry', npm('prom-client'), '^src/telemetry/'),
    only(
      'processes-in-few-places',
      '^(node:)?child_process$',
      '^src/(agents/|git/|storage/embedded-postgres/|storage/local-server/|cli/)',
      'Whoever starts processes must end them; keep it to few places.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
