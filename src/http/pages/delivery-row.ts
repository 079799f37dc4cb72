import type { Delivery } from '../../storage/delivery-store.ts';
import { html, type Html } from './html.ts';

const names = { branch: 'Branch', patch: 'Patch', pr: 'Pull request into' };

/** Where a run's work has gone, as a term of the run's facts. */
export function deliveryRow({ kind, target, commit, url }: Delivery): Html {
  const place = html`<code>${target}</code>`;
  return html`<div>
    <dt>Delivered</dt>
    <dd>
      ${names[kind]} ${url === null ? place : html`<a href="${url}">${place}</a>`}
      (<code>${commit.slice(0, 10)}</code>)
    </dd>
  </div>`;
}
