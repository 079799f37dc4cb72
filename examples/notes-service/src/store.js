import { createSaver, loadJson } from './disk.js';

/**
 * Opens the store kept in `file`. An operation that changes something resolves when the change is
 * on disk. Each operation stands under the heading of what it does.
 */
export async function openStore(file) {
  const data = await loadJson(file, { notes: [] });
  const save = createSaver(file, data);
  return {
    // create
    // list
    listNotes: () => [...data.notes],
    // search
    // filter
    // change
    // delete
    // close
    close: save,
  };
}
