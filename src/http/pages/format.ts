import { html, type Html } from './html.ts';

const units: readonly (readonly [name: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];

/** A duration in its two largest units: `1 h 5 min`, `42 s`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds / 1_000));
  const parts: string[] = [];
  for (const [name, seconds] of units) {
    const count = Math.floor(rest / seconds);
    if (count === 0 && (parts.length > 0 || name !== 's')) {
      if (parts.length > 0) break;
      continue;
    }
    parts.push(`${count} ${name}`);
    rest -= count * seconds;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

/** How long ago something was; the script keeps it current. */
export function age(date: Date, now: Date): Html {
  const iso = date.toISOString();
  return html`<time datetime="${iso}" title="${iso}" data-ago="${iso}"
    >${formatDuration(now.getTime() - date.getTime())} ago</time
  >`;
}

/** How long something took, or has been taking; the script lets the latter run. */
export function elapsed(start: Date | null, end: Date | null, now: Date): Html {
  if (start === null) return html`<span class="quiet">not started</span>`;
  const text = formatDuration((end ?? now).getTime() - start.getTime());
  return end === null
    ? html`<span data-since="${start.toISOString()}">${text}</span>`
    : html`<span>${text}</span>`;
}

/** A text in at most so many characters. */
export function clip(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length
    ? text
    : `${characters
        .slice(0, length - 1)
        .join('')
        .trimEnd()}…`;
}
