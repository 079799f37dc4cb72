import { about, contractEdge } from './feature-draft.ts';
import type { Feature } from './feature.ts';
import type { TaskDraft } from './task-draft.ts';

/** The seed document's example: Login → [Form, Validation, Session, Tokens], each after the one before. */
export function loginTasks(feature: Feature): TaskDraft[] {
  const steps = [
    [
      'form',
      'frontend',
      'Login form',
      'Build the form through which people log in: fields, labels, use by keyboard, where errors appear. It sends what the contract says.',
      [contractEdge],
    ],
    [
      'validation',
      'backend',
      'Login validation',
      'Check on the server what the login form sends: missing, too long and malformed values are refused with a clear message that does not tell which accounts exist.',
      [{ artifact: 'form', reason: 'it validates what the form sends' }],
    ],
    [
      'session',
      'backend',
      'Login session',
      'Check the credentials against the stored password hash in constant time, then open a session: server-side state, expiry, logout.',
      [
        { artifact: 'validation', reason: 'only validated credentials may open a session' },
        { artifact: 'data:user', reason: 'it reads the user storage' },
      ],
    ],
    [
      'tokens',
      'backend',
      'Login tokens',
      'Issue and check the tokens or cookies that carry the session: random, signed or opaque, HttpOnly and SameSite for browsers, rotated at login, revoked at logout.',
      [{ artifact: 'session', reason: 'tokens stand for a session' }],
    ],
  ] as const;
  const own = (artifact: string) => `${artifact}:${feature.requirement.id}`;
  const names: readonly string[] = steps.map(([aspect]) => aspect);
  return steps.map(([aspect, role, title, goal, consumes]) => ({
    ...about(feature),
    aspect,
    id: `${aspect}-${feature.slug}`,
    title,
    role,
    goal,
    produces: aspect === 'tokens' ? `code:${feature.requirement.id}` : own(aspect),
    consumes: consumes.map(({ artifact, reason }) => ({
      artifact: names.includes(artifact) ? own(artifact) : artifact,
      reason,
    })),
    changesCode: true,
  }));
}
