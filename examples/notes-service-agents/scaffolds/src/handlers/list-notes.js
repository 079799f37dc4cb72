export default async function listNotes({ store }) {
  return { json: { notes: store.listNotes() } };
}
