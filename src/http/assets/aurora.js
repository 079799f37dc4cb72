// Keeps a page current. The server renders everything: at news the page is fetched again, and what
// is marked as live is exchanged.
'use strict';

const live = document.getElementById('live');
const { address, events, refresh } = document.body.dataset;
let loading = false;
let again = false;

async function update() {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  try {
    const response = await fetch(address || location.href, { headers: { accept: 'text/html' } });
    // The session has ended: let the server ask for the token.
    if (response.redirected) location.reload();
    if (response.ok) exchange(await response.text());
  } catch {
    say('offline', 'server not reachable');
  } finally {
    loading = false;
  }
  // Bursts of news: at most one fetch in half a second.
  if (again) {
    again = false;
    setTimeout(update, 500);
  }
}

function exchange(text) {
  const page = new DOMParser().parseFromString(text, 'text/html');
  for (const old of document.querySelectorAll('[data-live]')) {
    const fresh = page.getElementById(old.id);
    // Nobody loses what they are typing, or have typed.
    const fields = [...old.querySelectorAll('input, textarea')];
    const isKept = (field) =>
      field === document.activeElement || field.value !== field.defaultValue;
    if (fresh === null || fields.some(isKept)) continue;
    for (const details of old.querySelectorAll('details[open]')) {
      const same = fresh.querySelector(`#${CSS.escape(details.id)}`);
      if (same !== null) same.open = true;
    }
    old.replaceChildren(...fresh.childNodes);
  }
}

function say(state, text) {
  if (live.dataset.state === state) return;
  live.dataset.state = state;
  live.textContent = text;
}

function duration(milliseconds) {
  let rest = Math.max(0, Math.round(milliseconds / 1000));
  const parts = [];
  for (const [name, seconds] of [
    ['d', 86400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ]) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}

function tick() {
  for (const element of document.querySelectorAll('[data-since]')) {
    element.textContent = duration(Date.now() - Date.parse(element.dataset.since));
  }
  for (const element of document.querySelectorAll('[data-ago]')) {
    element.textContent = `${duration(Date.now() - Date.parse(element.dataset.ago))} ago`;
  }
}

setInterval(tick, 1000);

document.addEventListener('submit', (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

if (events) {
  const source = new EventSource(events);
  source.onopen = () => say('live', 'live');
  source.onerror = () => say('offline', 'reconnecting');
  source.onmessage = update;
  source.addEventListener('end', () => {
    source.close();
    say('ended', 'finished');
    update();
  });
} else if (refresh) {
  setInterval(() => {
    if (!document.hidden) update();
  }, Number(refresh));
}
