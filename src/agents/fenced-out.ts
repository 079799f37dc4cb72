/** Somebody else holds the task under a newer epoch; whoever meets this changes nothing more. */
export class FencedOut extends Error {
  constructor() {
    super('the task has a newer epoch');
    this.name = 'FencedOut';
  }
}
