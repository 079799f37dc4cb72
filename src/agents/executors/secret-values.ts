const secretName =
  /TOKEN|SECRET|PASSW(?:OR)?D|PASSPHRASE|CREDENTIAL|PRIVATE|APIKEY|(?:^|_)(?:KEY|PAT|AUTH|DSN)(?:_|$)|(?:DATABASE|REDIS)_URL/i;
/** Shorter values would mask ordinary words. */
const shortestSecret = 6;

/** The values that must not appear in logs or in the record, longest first. */
export function secretValues(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment)
    .filter(([name, value]) => secretName.test(name) && value.length >= shortestSecret)
    .map(([, value]) => value)
    .sort((a, b) => b.length - a.length);
}
