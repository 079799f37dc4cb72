import { z } from 'zod';
import type { ReviewNote, ReviewThread } from '../../domain/feedback.ts';
import type { GithubRepository } from './github-repository.ts';

/** Who may be allowed to push: anybody may comment on a public repository, and members may only read it. */
const related: readonly string[] = ['MEMBER', 'COLLABORATOR'];
/** Maintainers count as writers there. */
const permissionSchema = z.object({ permission: z.string() });
const writing: readonly string[] = ['admin', 'write'];

const said = {
  id: z.int(),
  /** Null: the account is gone. */
  user: z.object({ login: z.string() }).nullable(),
  author_association: z.string(),
  body: z.string().nullable(),
  html_url: z.string(),
};
const commentSchema = z.object({
  ...said,
  in_reply_to_id: z.int().optional(),
  path: z.string(),
  line: z.int().nullish(),
  original_line: z.int().nullish(),
  diff_hunk: z.string().nullish(),
});
type Comment = z.infer<typeof commentSchema>;
const reviewSchema = z.object({ ...said, state: z.string() });
type Review = z.infer<typeof reviewSchema>;
type Said = 'comment' | 'review';

/** Lines of the diff before the one that is spoken of, which is its last. */
const shownLines = 40;

/**
 * What reviewers want changed: unresolved threads on the diff, and reviews that request changes. What is
 * said below a pull request at large is talk.
 */
export async function githubReview(
  repo: GithubRepository,
  number: number,
  seen: ReadonlySet<string>,
): Promise<ReviewThread[]> {
  const { client, repository } = repo;
  const pull = `/repos/${repository}/pulls/${number}`;
  const reviews = (await client.pages(`${pull}/reviews`, z.array(reviewSchema)))
    .flat()
    .filter(({ state, body }) => state === 'CHANGES_REQUESTED' && (body ?? '').trim() !== '');
  const comments = (await client.pages(`${pull}/comments`, z.array(commentSchema))).flat();
  const isWaiting = (what: Said) => (each: Comment | Review) =>
    related.includes(each.author_association) && !seen.has(idOf(what, each));
  // Of what is seen already nothing becomes a task: nobody's rights are asked for.
  const isAsked = reviews.some(isWaiting('review')) || comments.some(isWaiting('comment'));
  const writers = await writersAmong(repo, isAsked ? [...reviews, ...comments] : []);
  const threads = threadsOf(comments, writers);
  const isNew = ({ notes }: ReviewThread) =>
    notes.some(({ id, isTrusted }) => isTrusted && !seen.has(id));
  // REST does not tell which threads are resolved; it costs a question when there is something new.
  const resolved = [...threads.values()].some(isNew)
    ? await resolvedThreads(repo, number)
    : new Set<string>();
  return [
    ...reviews.map((review) => ({
      ...{ file: null, line: null, hunk: null },
      notes: [noteOf('review', review, writers)],
    })),
    ...[...threads].filter(([id]) => !resolved.has(String(id))).map(([, thread]) => thread),
  ];
}

/** Threads by the id of their first comment. */
function threadsOf(
  comments: readonly Comment[],
  writers: ReadonlySet<string>,
): Map<number, ReviewThread> {
  const groups = new Map<number, Comment[]>();
  for (const comment of [...comments].sort((a, b) => a.id - b.id)) {
    const first = comment.in_reply_to_id ?? comment.id;
    groups.set(first, [...(groups.get(first) ?? []), comment]);
  }
  return new Map(
    [...groups].map(([id, group]) => {
      const { path, line, original_line, diff_hunk } = group[0] as Comment;
      const hunk = diff_hunk?.split('\n').slice(-shownLines).join('\n') ?? null;
      const notes = group.map((comment) => noteOf('comment', comment, writers));
      return [id, { file: path, line: line ?? original_line ?? null, hunk, notes }];
    }),
  );
}

/** The logins of those who may push. */
async function writersAmong(
  { client, repository }: GithubRepository,
  said: readonly (Comment | Review)[],
): Promise<ReadonlySet<string>> {
  const logins = new Set(
    said.flatMap(({ user, author_association }) =>
      user !== null && related.includes(author_association) ? [user.login] : [],
    ),
  );
  const writers = new Set<string>();
  for (const login of logins) {
    const path = `/repos/${repository}/collaborators/${encodeURIComponent(login)}/permission`;
    const { permission } = await client.request('GET', path, permissionSchema);
    if (writing.includes(permission)) writers.add(login);
  }
  return writers;
}

const idOf = (what: Said, { id }: { readonly id: number }) => `github:${what}:${id}`;

function noteOf(what: Said, said: Review | Comment, writers: ReadonlySet<string>): ReviewNote {
  const { user, author_association, body, html_url } = said;
  const author = user?.login ?? 'ghost';
  return {
    id: idOf(what, said),
    author,
    isTrusted: author_association === 'OWNER' || writers.has(author),
    ...{ body: body ?? '', url: html_url },
  };
}

const pageSchema = z.object({
  data: z.object({
    repository: z.object({
      pullRequest: z.object({
        reviewThreads: z.object({
          nodes: z.array(
            z.object({
              isResolved: z.boolean(),
              comments: z.object({ nodes: z.array(z.object({ fullDatabaseId: z.string() })) }),
            }),
          ),
          pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
        }),
      }),
    }),
  }),
});
const query = `query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    reviewThreads(first: 100, after: $after) {
      nodes { isResolved comments(first: 1) { nodes { fullDatabaseId } } }
      pageInfo { hasNextPage endCursor } } } } }`;

/** The ids of the first comments of the threads that somebody has resolved. */
async function resolvedThreads(
  { client, api, repository }: GithubRepository,
  number: number,
): Promise<Set<string>> {
  const [owner, name] = repository.split('/');
  // On a host of its own it is beside the REST API (/api/v3).
  const place = /\/v3\/?$/.test(api) ? '/../graphql' : '/graphql';
  const resolved = new Set<string>();
  for (let after: string | null = null, more = true; more;) {
    const variables = { owner, name, number, after };
    const page: z.infer<typeof pageSchema> = await client.request('POST', place, pageSchema, {
      ...{ query, variables },
    });
    const { nodes, pageInfo } = page.data.repository.pullRequest.reviewThreads;
    for (const { isResolved, comments } of nodes) {
      const first = comments.nodes[0]?.fullDatabaseId;
      if (isResolved && first !== undefined) resolved.add(first);
    }
    after = pageInfo.endCursor;
    more = pageInfo.hasNextPage && after !== null;
  }
  return resolved;
}
