/** Replaces the user part of URLs (`https://user:token@host`) by `***`. */
export function maskCredentials(text: string): string {
  return text
    .replace(/\b(https?:\/\/)[^\s/@]+@/gi, '$1***@')
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s/@:]+):[^\s/@]+@/gi, '$1:***@');
}
