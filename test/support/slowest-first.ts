import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whose tests start fleets and servers, the slowest first. */
const slow = ['test/chaos/', 'test/cli/', 'test/examples/', 'test/workers/', 'test/e2e/'];

/**
 * A file of a minute that starts last leaves all workers but one without work for it. How long files took
 * the last time, which decides otherwise, is not known in a fresh clone.
 */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    const of = (folder: string) => usual.filter(({ moduleId }) => moduleId.includes(folder));
    return [...new Set([...slow.flatMap(of), ...usual])];
  }
}
