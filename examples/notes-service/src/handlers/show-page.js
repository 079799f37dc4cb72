import { renderPage } from '../page.js';

export default async function showPage({ store, query }) {
  return { html: await renderPage({ store, query }) };
}
