import type { Environment } from './git-environment.ts';

/**
 * Credential helpers that answer with the tokens of the environment, for a machine on which git has none
 * of its own: GitHub's goes to github.com alone, GitLab's to gitlab.com, and to the host that
 * `AURORA_FORGE_API` names that of its kind. git asks those that a person has set up first. The tokens
 * are in variables; what is on the command line of a helper is the name of one.
 *
 * @returns further variables for git: its configuration in the form that it reads from there
 */
export function tokenHelpers(source: Environment): Record<string, string> {
  const github = source['GITHUB_TOKEN'] ?? source['GH_TOKEN'];
  const gitlab = source['GITLAB_TOKEN'];
  const tokens = [
    { host: 'https://github.com', user: 'x-access-token', token: github },
    { host: 'https://gitlab.com', user: 'oauth2', token: gitlab },
  ];
  const { AURORA_FORGE: kind, AURORA_FORGE_API: api = '' } = source;
  const own = tokens[kind === 'github' ? 0 : kind === 'gitlab' ? 1 : -1];
  if (own !== undefined && URL.canParse(api)) tokens.push({ ...own, host: new URL(api).origin });
  const variables: Record<string, string> = {};
  let count = Number(source['GIT_CONFIG_COUNT'] ?? 0) || 0;
  for (const { host, user, token } of tokens) {
    if (!token) continue;
    const name = `AURORA_GIT_TOKEN_${count}`;
    variables[name] = token;
    variables[`GIT_CONFIG_KEY_${count}`] = `credential.${host}.helper`;
    variables[`GIT_CONFIG_VALUE_${count}`] =
      `!f() { test "$1" = get && printf 'username=${user}\\npassword=%s\\n' "$${name}"; }; f`;
    count++;
  }
  return count === 0 ? variables : { ...variables, GIT_CONFIG_COUNT: String(count) };
}
