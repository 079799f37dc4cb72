import type { Environment } from './git-environment.ts';

/**
 * Credential helpers that answer with the tokens of the environment, for a machine on which git has none
 * of its own: GitHub's goes to github.com alone, GitLab's to gitlab.com, and to the host that
 * `AURORA_FORGE_API` names that of its kind. Each stands in front of those that a person has set up: these
 * are asked first, but not told of the token, which they would keep (`credential.helper=store`) and give
 * after it was replaced. The tokens are in variables; what is on the command line of a helper is the name
 * of one.
 *
 * @returns further variables for git: its configuration in the form that it reads from there
 */
export function tokenHelpers(source: Environment): Record<string, string> {
  const github = source['GITHUB_TOKEN'] || source['GH_TOKEN'];
  const gitlab = source['GITLAB_TOKEN'];
  const tokens = [
    { host: 'https://github.com', user: 'x-access-token', token: github },
    { host: 'https://gitlab.com', user: 'oauth2', token: gitlab },
  ];
  const { AURORA_FORGE: kind, AURORA_FORGE_API: api = '' } = source;
  const ofKind = tokens[kind === 'github' ? 0 : kind === 'gitlab' ? 1 : -1];
  if (ofKind !== undefined && URL.canParse(api))
    tokens.push({ ...ofKind, host: new URL(api).origin });
  const variables: Record<string, string> = {};
  const own = Number(source['GIT_CONFIG_COUNT'] ?? 0) || 0;
  let count = own;
  const configure = (key: string, value: string) => {
    variables[`GIT_CONFIG_KEY_${count}`] = key;
    variables[`GIT_CONFIG_VALUE_${count}`] = value;
    count++;
  };
  for (const { host, user, token } of tokens) {
    if (!token) continue;
    const name = `AURORA_GIT_TOKEN_${count}`;
    variables[name] = token;
    // The empty one takes all others from the list: ours asks git for theirs.
    configure(`credential.${host}.helper`, '');
    configure(`credential.${host}.helper`, helper({ user, name, own }));
  }
  return count === 0 ? variables : { ...variables, GIT_CONFIG_COUNT: String(count) };
}

/** A shell function, as git runs it: with `get`, `store` or `erase`, and what that is about as input. */
function helper(options: {
  readonly user: string;
  /** Of the variable with the token. */
  readonly name: string;
  /** How many settings a person has made in variables, which come before ours. */
  readonly own: number;
}): string {
  const { user, name, own } = options;
  // That a person's helpers know nothing is an error to git, and none to us.
  return `!f() {
    asked=$(cat)
    others() { printf '%s\\n\\n' "$asked" | GIT_CONFIG_COUNT=${own} GIT_ASKPASS= git credential "$1"; }
    case $1 in
      get) others fill 2>/dev/null || printf 'username=${user}\\npassword=%s\\n' "$${name}" ;;
      store) case $asked in *"password=$${name}"*) ;; *) others approve ;; esac ;;
      erase) others reject ;;
    esac
  }; f`;
}
