import type { ForgeClient } from '../forge-client.ts';

/** Where something of a repository at GitHub is asked for. */
export interface GithubRepository {
  readonly client: ForgeClient;
  /** Base URL of the API. */
  readonly api: string;
  /** `owner/name` */
  readonly repository: string;
}
