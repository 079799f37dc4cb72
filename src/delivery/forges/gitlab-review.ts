import { z } from 'zod';
import type { ReviewThread } from '../../domain/feedback.ts';
import { AuroraError } from '../../domain/errors.ts';
import { hunkAround } from '../hunk-around.ts';
import type { ForgeClient } from '../forge-client.ts';
import type { PullRequest } from '../forge.ts';

/** GitLab's number for Developer: who may push. */
const developer = 30;

const noteSchema = z.object({
  id: z.int(),
  body: z.string(),
  author: z.object({ id: z.int(), username: z.string() }),
  system: z.boolean(),
  resolvable: z.boolean(),
  resolved: z.boolean().optional(),
  position: z
    .object({ new_path: z.string().nullish(), new_line: z.int().nullish() })
    .loose()
    .nullish(),
});
type Note = z.infer<typeof noteSchema>;
const discussionSchema = z.object({ notes: z.array(noteSchema) });
const memberSchema = z.object({ access_level: z.int() });
const diffSchema = z.object({ new_path: z.string(), diff: z.string() });

/** Unresolved threads of a merge request. Notes that cannot be resolved are talk. */
export async function gitlabReview(
  client: ForgeClient,
  project: string,
  { url, number }: PullRequest,
  seen: ReadonlySet<string>,
): Promise<ReviewThread[]> {
  const request = `${project}/merge_requests/${number}`;
  const found = await client.pages(`${request}/discussions`, z.array(discussionSchema));
  const open = found
    .flat()
    .map(({ notes }) => notes.filter(({ system }) => !system))
    .filter((notes) => notes.some(({ resolvable, resolved }) => resolvable && resolved !== true))
    .filter((notes) => notes.some(({ id }) => !seen.has(idOf(id))));
  const isMember = new Map<number, boolean>();
  for (const { author } of open.flat()) {
    if (isMember.has(author.id)) continue;
    isMember.set(author.id, (await accessOf(client, project, author.id)) >= developer);
  }
  const diffs = open.some(([first]) => first?.position?.new_line)
    ? (await client.pages(`${request}/diffs`, z.array(diffSchema))).flat()
    : [];
  return open.map((notes) => {
    const { new_path: file, new_line: line } = (notes[0] as Note).position ?? {};
    const diff = diffs.find(({ new_path }) => new_path === file)?.diff;
    return {
      ...{ file: file ?? null, line: line ?? null },
      hunk: diff === undefined || !line ? null : hunkAround(diff, line),
      notes: notes.map(({ id, author, body }) => ({
        ...{ id: idOf(id), author: author.username, body, url: `${url}#note_${id}` },
        isTrusted: isMember.get(author.id) === true,
      })),
    };
  });
}

const idOf = (id: number) => `gitlab:note:${id}`;

/** 0 for who is no member, directly or by a group. */
async function accessOf(client: ForgeClient, project: string, user: number): Promise<number> {
  try {
    const path = `${project}/members/all/${user}`;
    return (await client.request('GET', path, memberSchema)).access_level;
  } catch (error) {
    if (error instanceof AuroraError && error.code === 'forge-denied') return 0;
    throw error;
  }
}
