const part = (name) => ({ name });

/** What the page shows, from top to bottom; each name is a file in src/sections/. */
export const sections = [
  // create
  // search
  // filter
  // list
];

/** What each note of a list shows below its text; each name is a file in src/note-parts/. */
export const noteParts = [
  // tags
  // delete
];
