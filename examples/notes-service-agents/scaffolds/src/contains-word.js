/** Whether a note's title or body contains a word, whatever its case. */
export function containsWord(note, word) {
  const wanted = word.toLowerCase();
  return note.title.toLowerCase().includes(wanted) || note.body.toLowerCase().includes(wanted);
}
