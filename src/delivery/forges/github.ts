import { z } from 'zod';
import type { Forge, ForgeAccess } from '../forge.ts';
import { forgeClient } from '../forge-client.ts';
import { openOnce } from '../open-once.ts';

const pullSchema = z
  .object({ html_url: z.url(), number: z.int().positive() })
  .transform(({ html_url: url, number }) => ({ url, number }));

/** GitHub's REST API, version 2022-11-28: "Pull requests". */
export function github({ repository, token, ...options }: ForgeAccess): Forge {
  const name = 'GitHub';
  const request = forgeClient({
    ...{ name, ...options },
    headers: {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  const [owner] = repository.split('/');
  const pulls = `/repos/${repository}/pulls`;
  return {
    name,
    pullRequest({ from, into, title, body }) {
      const query = new URLSearchParams({ head: `${owner}:${from}`, base: into, state: 'open' });
      const draft = { title, body, head: from, base: into };
      return openOnce({
        find: async () =>
          (await request('GET', `${pulls}?${query}`, z.array(pullSchema)))[0]?.number,
        create: () => request('POST', pulls, pullSchema, draft),
        update: (number) => request('PATCH', `${pulls}/${number}`, pullSchema, { title, body }),
      });
    },
  };
}
