import { z } from 'zod';
import type { Forge, ForgeAccess } from '../forge.ts';
import { forgeClient } from '../forge-client.ts';
import { openOnce } from '../open-once.ts';
import { unlessDenied } from '../unless-denied.ts';
import { githubChecks } from './github-checks.ts';
import { githubReview } from './github-review.ts';

const pullSchema = z
  .object({ html_url: z.url(), number: z.int().positive() })
  .transform(({ html_url: url, number }) => ({ url, number }));

/** GitHub's REST API, version 2022-11-28: "Pull requests". */
export function github({ repository, token, ...options }: ForgeAccess): Forge {
  const name = 'GitHub';
  const client = forgeClient({
    ...{ name, ...options },
    headers: {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  const [owner] = repository.split('/');
  const pulls = `/repos/${repository}/pulls`;
  const open = (from: string, into: string) =>
    new URLSearchParams({ head: `${owner}:${from}`, base: into, state: 'open' });
  return {
    name,
    async feedback({ from, into, ...question }) {
      const [pull] = (
        await client.pages(`${pulls}?${open(from, into)}`, z.array(pullSchema))
      ).flat();
      if (pull === undefined) return undefined;
      const repo = { client, api: options.api, repository };
      return {
        url: pull.url,
        threads: await githubReview(repo, pull.number, question.seen),
        ...(await unlessDenied(githubChecks(repo, question))),
      };
    },
    pullRequest({ from, into, title, body }) {
      const query = open(from, into);
      const draft = { title, body, head: from, base: into };
      return openOnce({
        find: async () =>
          (await client.request('GET', `${pulls}?${query}`, z.array(pullSchema)))[0]?.number,
        create: () => client.request('POST', pulls, pullSchema, draft),
        update: (number) =>
          client.request('PATCH', `${pulls}/${number}`, pullSchema, { title, body }),
      });
    },
  };
}
