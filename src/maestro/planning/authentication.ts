/** "log in", however people write it, as what somebody does. */
const loggingIn =
  /^(?:.*?\b(?:can|must|should|could|may)\s+)?(?:log[- ]?in|sign[- ]?in|authenticate)(?: themselves)?\b(?<rest>.*)$/i;
const named =
  /^(?:user |customer |account |admin )?(?:log[- ]?in|sign[- ]?in|authentication)(?: page| form| screen| flow)?$/i;

/**
 * The title of a requirement that lets people in ("Users can login" → "User authentication", the
 * seed document's example), or undefined for any other.
 */
export function authenticationTitle(title: string): string | undefined {
  if (named.test(title)) return 'User authentication';
  const rest = /\b(?:not|cannot|when|if)\b/i.test(title)
    ? undefined
    : loggingIn.exec(title)?.groups?.['rest'];
  return rest === undefined ? undefined : `User authentication${rest}`;
}

/** Whether a requirement, by its title, is about letting people in. */
export function isAuthentication(title: string): boolean {
  return /^user authentication\b/i.test(title) || authenticationTitle(title) !== undefined;
}
