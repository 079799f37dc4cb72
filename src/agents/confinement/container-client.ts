import { z } from 'zod';
import { type ProcessOutcome, runProcessGroup } from '../process-group.ts';

/** Milliseconds that the daemon may take for a small thing. */
export const patience = 30_000;

/** The program that speaks with the daemon, and its environment. */
export interface ContainerClient {
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Has the client do a small thing. Its answer is without what it remarks on stderr, as some do at every call. */
export async function askClient(
  { program, env }: ContainerClient,
  args: readonly string[],
  signal = AbortSignal.timeout(patience),
): Promise<ProcessOutcome & { readonly answer: string }> {
  let answer = '';
  const outcome = await runProcessGroup({
    ...{ argv: [program, ...args], cwd: '/', env, signal },
    readLine(line, source) {
      if (source === 'stdout') answer += `${line}\n`;
      return line;
    },
  });
  return { ...outcome, answer };
}

export const isWell = (outcome: ProcessOutcome): boolean =>
  outcome.kind === 'exited' && outcome.exitCode === 0;

/** What the client has said, else what has become of it. */
export function wordsOf(outcome: ProcessOutcome): string {
  const said = outcome.outputTail.trim();
  return said || (outcome.kind === 'aborted' ? 'it does not answer' : outcome.kind);
}

/** Whether it is Docker's own: Podman takes the name of `docker`, too. */
export async function isOfDocker(client: ContainerClient): Promise<boolean> {
  return /^Docker version/m.test((await askClient(client, ['--version'])).outputTail);
}

/** Ends what runs in it; so that nothing is left, its own volumes go as well. */
export const removeContainer = (
  client: ContainerClient,
  name: string,
  signal?: AbortSignal,
): Promise<ProcessOutcome> => askClient(client, ['rm', '--force', '--volumes', name], signal);

const containerSchema = z.object({
  state: z.object({
    Status: z.string(),
    ExitCode: z.int(),
    /** Something in it was killed for want of memory. */
    OOMKilled: z.boolean(),
  }),
  /** Bytes; 0 where the daemon cannot bound it. */
  memory: z.int(),
});
export type Container = z.infer<typeof containerSchema>;

const containerFormat = '{"state":{{json .State}},"memory":{{.HostConfig.Memory}}}';

/** What the daemon knows of a container; where it does not say, why. */
export async function inspectContainer(
  client: ContainerClient,
  name: string,
): Promise<Container | string> {
  const args = ['inspect', '--type', 'container', '--format', containerFormat, name];
  const outcome = await askClient(client, args);
  if (!isWell(outcome)) return wordsOf(outcome);
  try {
    return containerSchema.parse(JSON.parse(outcome.answer));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    return `\`${client.program}\` does not tell of its container: ${why}`;
  }
}
