import { z } from 'zod';
import type { Forge, ForgeAccess } from '../forge.ts';
import { forgeClient } from '../forge-client.ts';
import { openOnce } from '../open-once.ts';

const requestSchema = z
  .object({ web_url: z.url(), iid: z.int().positive() })
  .transform(({ web_url: url, iid: number }) => ({ url, number }));

/** GitLab's REST API, v4: "Merge requests". */
export function gitlab({ repository, token, ...options }: ForgeAccess): Forge {
  const name = 'GitLab';
  const request = forgeClient({
    ...{ name, ...options },
    headers: token === undefined ? {} : { 'private-token': token },
  });
  const requests = `/projects/${encodeURIComponent(repository)}/merge_requests`;
  return {
    name,
    pullRequest({ from, into, title, body: description }) {
      const branches = { source_branch: from, target_branch: into };
      const query = new URLSearchParams({ ...branches, state: 'opened' });
      const text = { title, description };
      return openOnce({
        find: async () =>
          (await request('GET', `${requests}?${query}`, z.array(requestSchema)))[0]?.number,
        create: () => request('POST', requests, requestSchema, { ...text, ...branches }),
        update: (number) => request('PUT', `${requests}/${number}`, requestSchema, text),
      });
    },
  };
}
