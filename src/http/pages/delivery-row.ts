import { deliveryTrouble } from '../../domain/delivery.ts';
import type { Delivery } from '../../storage/delivery-store.ts';
import { html, type Html } from './html.ts';

const names = { branch: 'Branch', patch: 'Patch', pr: 'Pull request into' };

/** Where a run's work has gone or is to go, as a term of the run's facts. */
export function deliveryRow({ kind, target, commit, url, ...row }: Delivery): Html {
  const place = html`<code>${target}</code>`;
  const trouble = deliveryTrouble(row);
  return html`<div>
    <dt>${commit === null ? 'To deliver' : 'Delivered'}</dt>
    <dd>
      ${names[kind]} ${url === null ? place : html`<a href="${url}">${place}</a>`}
      ${commit === null ? 'when it is done' : html`(<code>${commit.slice(0, 10)}</code>)`}
      ${trouble !== null && html`<span class="error">${trouble}</span>`}
    </dd>
  </div>`;
}
