import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface NotesService extends AsyncDisposable {
  call(request: {
    path: string;
    method?: string;
    body?: object;
  }): Promise<{ status: number; json: unknown }>;
  page(path?: string): Promise<string>;
}

/** Starts the service of a repository as a process with its data in `folder`; disposing kills it. */
export async function startNotesService(repository: string, folder: string): Promise<NotesService> {
  const child = spawn(process.execPath, [join(repository, 'src/main.js')], {
    env: { PORT: '0', NOTES_FILE: join(folder, 'notes.json') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit');
  const [line] = (await Promise.race([
    once(child.stdout, 'data'),
    gone.then(() => Promise.reject(new Error('the service ended before it listened'))),
  ])) as [Buffer];
  const url = /http:\S+/.exec(String(line))?.[0];
  if (!url) throw new Error(`the service printed no address: ${String(line)}`);
  return {
    async call({ path, method = 'GET', body }) {
      const response = await fetch(url + path, {
        method,
        headers: body ? { 'content-type': 'application/json' } : {},
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
    },
    page: async (path = '/') => (await fetch(url + path)).text(),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
