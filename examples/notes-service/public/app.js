// Sends every form that carries data-api as JSON, then shows the page anew. An answer that is not
// a success is shown in the form's alert.
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.dataset.api) return;
  event.preventDefault();
  const body = {};
  for (const field of form.elements) {
    if (!field.name) continue;
    body[field.name] =
      field.dataset.type === 'list'
        ? field.value
            .split(',')
            .map((part) => part.trim())
            .filter(Boolean)
        : field.value;
  }
  const answer = await fetch(form.dataset.api, {
    method: form.dataset.method ?? 'POST',
    headers: { 'content-type': 'application/json' },
    body: Object.keys(body).length > 0 ? JSON.stringify(body) : undefined,
  });
  if (answer.ok) location.reload();
  else form.querySelector('[role=alert]').textContent = (await answer.json()).error;
});
