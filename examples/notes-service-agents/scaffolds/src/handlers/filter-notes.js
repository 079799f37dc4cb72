export default async function filterNotes({ params, store }) {
  return { json: { notes: store.notesTagged(params.tag) } };
}
