import { z } from 'zod';
import type { Forge, ForgeAccess } from '../forge.ts';
import { forgeClient } from '../forge-client.ts';
import { openOnce } from '../open-once.ts';
import { unlessDenied } from '../unless-denied.ts';
import { gitlabChecks } from './gitlab-checks.ts';
import { gitlabReview } from './gitlab-review.ts';

const requestSchema = z
  .object({ web_url: z.url(), iid: z.int().positive() })
  .transform(({ web_url: url, iid: number }) => ({ url, number }));

/** GitLab's REST API, v4: "Merge requests". */
export function gitlab({ repository, token, ...options }: ForgeAccess): Forge {
  const name = 'GitLab';
  const client = forgeClient({
    ...{ name, ...options },
    headers: token === undefined ? {} : { 'private-token': token },
  });
  const project = `/projects/${encodeURIComponent(repository)}`;
  const requests = `${project}/merge_requests`;
  const open = (from: string, into: string) =>
    new URLSearchParams({ source_branch: from, target_branch: into, state: 'opened' });
  return {
    name,
    async feedback({ from, into, ...question }) {
      const found = await client.pages(`${requests}?${open(from, into)}`, z.array(requestSchema));
      const [opened] = found.flat();
      if (opened === undefined) return undefined;
      return {
        url: opened.url,
        threads: await gitlabReview(client, project, opened, question.seen),
        ...(await unlessDenied(gitlabChecks(client, project, question))),
      };
    },
    pullRequest({ from, into, title, body: description }) {
      const branches = { source_branch: from, target_branch: into };
      const query = open(from, into);
      const text = { title, description };
      return openOnce({
        find: async () =>
          (await client.request('GET', `${requests}?${query}`, z.array(requestSchema)))[0]?.number,
        create: () => client.request('POST', requests, requestSchema, { ...text, ...branches }),
        update: (number) => client.request('PUT', `${requests}/${number}`, requestSchema, text),
      });
    },
  };
}
