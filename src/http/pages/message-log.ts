import type { Message } from '../../domain/message.ts';
import { clip } from './format.ts';
import { html, type Html } from './html.ts';

/** The latest messages, newest first. */
export function messageLog(messages: readonly Message[]): Html {
  if (messages.length === 0) return html`<p class="quiet">Nothing has been said yet.</p>`;
  return html`<ol class="log" reversed>
    ${messages.map(
      (message) =>
        html`<li>
          <time datetime="${message.timestamp}" title="${message.timestamp}"
            >${message.timestamp.slice(11, 19)}</time
          >
          <span class="type t-${message.type}">${message.type}</span>
          <span>
            ${
              message.taskId !== null &&
              html`<a href="#task-${message.taskId}">${message.taskId}</a> `
            }${about(message)}
            <span class="quiet">${message.sender} → ${message.recipient}</span>
          </span>
        </li>`,
    )}
  </ol>`;
}

/** The payload in a line. */
function about({ payload }: Message): string {
  return clip(
    Object.entries(payload)
      .filter(([, value]) => value !== null && value !== '')
      .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', '),
    240,
  );
}
