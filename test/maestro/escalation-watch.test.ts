import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, expect, test } from 'vitest';
import {
  escalationPolicySchema,
  type EscalationPolicy,
} from '../../src/domain/escalation-policy.ts';
import type { DueWatch } from '../../src/maestro/due-watch.ts';
import { openEscalationWatch } from '../../src/maestro/escalation-watch.ts';
import { listEscalations } from '../../src/storage/escalation-store.ts';
import { takeDeliveries } from '../../src/storage/escalation-watch-store.ts';
import { getRun } from '../../src/storage/run-store.ts';
import { getTask } from '../../src/storage/task-store.ts';
import { emptyRecord, failAttempt, startedRun, take } from '../storage/planned-run.ts';
import { describeEachBackend } from '../support/backends.ts';
import { openTestFleet, type TestFleet } from '../support/fleet.ts';
import { tempDir } from '../support/temp-dir.ts';
import { waitFor } from '../support/wait-for.ts';

test('a policy is refused that would do something else than it says', () => {
  const problems = (policy: object) => {
    const parsed = escalationPolicySchema.safeParse(policy);
    return parsed.success ? [] : parsed.error.issues.map(({ message }) => message);
  };
  expect(
    problems({ deadline: '4h', defaultAction: 'skip', webhook: 'https://x.example/y' }),
  ).toEqual([]);
  expect(problems({})).toEqual([]);
  expect(problems({ deadline: '4h' })).toEqual(['deadline and defaultAction belong together']);
  for (const webhook of ['ftp://x.example', 'file:///etc/passwd', 'javascript:alert(1)', 'x']) {
    expect(problems({ webhook })).toEqual(['must be an http or https URL']);
  }
  expect(problems({ webhook: 'https://me:pw@x.example' })).toHaveLength(1);
});

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describeEachBackend('the watch over escalations', (backend) => {
  let fleet: TestFleet;
  const watches: DueWatch[] = [];
  const servers: Server[] = [];
  const db = () => fleet.services.database.db;

  beforeAll(async () => {
    const dataDir = await tempDir();
    fleet = await openTestFleet({
      ...{ backend, agents: [], dataDir },
      parts: { maestro: false, agents: [] },
    });
    return () => fleet.close();
  });
  afterEach(async () => {
    await Promise.all(watches.splice(0).map((watch) => watch.close()));
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const watch = async (policy: EscalationPolicy) => {
    const variables = { AURORA_WEBHOOK_SECRET: 'shared' };
    const opened = await openEscalationWatch(
      { ...fleet.maestro, variables, policy },
      { timeout: 300, delay: () => 50 },
    );
    watches.push(opened);
    return opened;
  };
  const fail = async (message = 'broken') => {
    const runId = await startedRun(db(), { a: [], b: ['a'] });
    const failure = { class: 'error', message } as const;
    await failAttempt(db(), await take(db(), runId, 'a'), failure, null, emptyRecord);
    return runId;
  };
  /** A webhook that answers what `answers` says, call by call: a status, or never. */
  const webhook = async (answers: (number | 'never')[]) => {
    const calls: Call[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        calls.push({ headers: request.headers, body });
        const answer = answers[calls.length - 1] ?? 204;
        if (answer !== 'never') response.writeHead(answer).end();
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
  };

  test('does the default once when nobody answers in time, however many watch', async () => {
    const early = await fail();
    await Promise.all([1, 2].map(() => watch({ deadline: 400, defaultAction: 'skip' })));
    await waitFor(async () => (await getTask(db(), early, 'a')).state === 'skipped');
    // Opened while they watch: the nudge sets the timer.
    const runId = await fail();
    await Promise.all(watches.map((each) => each.look()));
    await waitFor(async () => (await getTask(db(), runId, 'a')).state === 'skipped');
    const [answered, ...others] = await listEscalations(db(), runId, 'resolved');
    expect(others).toEqual([]);
    expect(answered?.answer).toMatchObject({ action: 'skip', by: 'the deadline' });
    expect(
      (answered?.resolvedAt?.getTime() ?? 0) - (answered?.createdAt.getTime() ?? 0),
    ).toBeGreaterThanOrEqual(400);
  });

  test('can end the run', async () => {
    const runId = await fail();
    await watch({ deadline: 1, defaultAction: 'abort' });
    await waitFor(async () => (await getRun(db(), runId)).abortRequestedAt !== null);
  });

  test('tells the webhook until it has taken it, signed, without secrets', async () => {
    const { calls, url } = await webhook([500, 'never', 302]);
    await watch({ webhook: url });
    const runId = await fail(
      `the keys sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789 and lin_api_${'a1B2'.repeat(10)} are no good`,
    );
    await watches[0]?.look();
    const [open] = await listEscalations(db(), runId);
    const mine = () => calls.filter(({ headers }) => headers['x-aurora-delivery'] === open?.id);
    await waitFor(() => mine().length >= 1 && calls.length >= 4, { what: 'four calls' });
    const [call] = mine() as [Call];
    expect(JSON.parse(call.body)).toMatchObject({ type: 'escalation.opened', id: open?.id, runId });
    expect(call.body).not.toMatch(/abcdefghijklmnop|a1B2/);
    const signed = `${call.headers['x-aurora-timestamp'] as string}.${call.body}`;
    const hmac = createHmac('sha256', 'shared').update(signed).digest('hex');
    expect(call.headers['x-aurora-signature']).toBe(`sha256=${hmac}`);
    // Taken: it is not told again.
    await waitFor(async () => (await listEscalations(db(), runId))[0]?.notifiedAt !== null);
    const told = mine().length;
    await watches[0]?.look();
    expect(mine().length).toBe(told);
  });

  test('tells what a Maestro that died was about to tell', async () => {
    const runId = await fail();
    const [open] = await listEscalations(db(), runId);
    await takeDeliveries(db(), 200);
    const { calls, url } = await webhook([]);
    await watch({ webhook: url });
    await waitFor(() => calls.some(({ headers }) => headers['x-aurora-delivery'] === open?.id));
  });
});
