const route = (method, path, handler) => ({ method, path, handler });

/**
 * The route table. A line names its handler's file in src/handlers/ and stands under the heading of
 * what it does; the headings stay (docs/house-rules.md#headings).
 */
export const routes = [
  // pages
  route('GET', '/', 'show-page'),
  // health
  route('GET', '/healthz', 'show-health'),
  // create
  // list
  // search
  // filter
  // change
  // delete
];
