/** What the service refuses to take. Each limit stands under the heading of what it limits. */
export const limits = {
  // requests
  requestBytes: 1_000_000,
  // titles
  // bodies
  // tags
};
