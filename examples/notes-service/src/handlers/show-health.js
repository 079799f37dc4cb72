export default async function showHealth({ store }) {
  return { json: { status: 'ok', notes: store.listNotes().length } };
}
