import type { Agent } from '../../../src/domain/agent.ts';
import { roles } from '../../../src/domain/role.ts';

/** One agent per role, as without a config file. */
export const fleet: readonly Agent[] = roles.map((role) => ({
  name: role,
  role,
  capabilities: role === 'backend' ? ['typescript', 'sql'] : [],
  weight: 1,
  concurrency: 2,
  executor: { type: 'command', command: ['true'], env: [] },
}));

/** The request of the demo. */
export const notesRequest =
  'We run a small notes service for a team. People can create notes with a title and a body. They can list all notes and search them by a word. They can delete a note they no longer need. Users can tag notes and filter the list by tag. The page must show the newest notes first. Every title must be at most 120 characters, and anything longer is refused with a clear message. Note text must never run as script in the page. Searching 1,000 notes must take less than 200 ms. The service must keep its notes when it restarts.';
