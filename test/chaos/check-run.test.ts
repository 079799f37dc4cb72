import { describe, expect, test } from 'vitest';
import { checkRun, type LogLine, type RunFacts } from '../../chaos/check-run.ts';
import { withParts, type ChaosTask } from '../../chaos/chaos-plan.ts';
import type { Conduct } from '../../chaos/conduct.ts';

const task = (id: string, dependsOn: string[], conduct: Partial<Conduct> = {}): ChaosTask => ({
  ...{ id, dependsOn, wants: { role: 'backend' } },
  conduct: { sleep: 0, orphan: false, ...conduct },
});
const line = (event: LogLine['event'], id: string, epoch = 1, seen: string[] = []): LogLine => ({
  ...{ event, run: 'run_1', task: id, epoch, pid: 1 },
  ...(event === 'start' ? { seen } : {}),
});

/** a → b → c, where b adds a line to a shared file and a person skipped d. */
const sound = (): RunFacts => ({
  runId: 'run_1',
  tasks: [
    task('a', []),
    task('b', ['a'], { shared: ['shared.txt'] }),
    task('c', ['a', 'b', 'd']),
    task('d', [], { trouble: 'skip' }),
  ],
  ended: 'done',
  log: [
    ...[line('start', 'a'), line('end', 'a')],
    // Its worker was killed in the middle of the first try.
    ...[line('start', 'b', 1, ['a']), line('start', 'b', 2, ['a']), line('end', 'b', 2)],
    ...[line('start', 'd'), line('start', 'c', 1, ['a', 'b']), line('end', 'c')],
  ],
  merges: ['a', 'b', 'c'],
  files: new Map([
    ['README.md', 'README.md\n'],
    ['shared.txt', 'shared.txt\nb\n'],
    ['effects/a', 'good a 1\n'],
    ['effects/b', 'good b 2\n'],
    ['effects/c', 'good c 1\n'],
  ]),
  // The worker died after the work was committed: the next one only merged it.
  succeeded: new Map([
    ['a', [2]],
    ['b', [2]],
    ['c', [1]],
  ]),
});
const nothing = { early: [], lost: [], twice: [], stuck: [] };

describe('what the chaos harness finds', () => {
  test('nothing where all went well', () => {
    expect(checkRun(sound())).toEqual(nothing);
  });

  test('nothing where a person aborted a run in the middle', () => {
    const succeeded = new Map([...sound().succeeded].slice(0, 2));
    const aborted = { ...sound(), ended: 'cancelled' as const, merges: ['a', 'b'], succeeded };
    expect(checkRun(aborted)).toEqual(nothing);
  });

  test('a whole that began before its parts, as long as it did nothing but split', () => {
    const parts = ['p', 'q'].map((id) => ({
      ...{ id, dependsOn: id === 'q' ? ['p'] : [], conduct: { sleep: 0, orphan: false } },
    }));
    const split = (...log: LogLine[]): RunFacts => ({
      ...{ runId: 'run_1', ended: 'done', log },
      tasks: withParts([task('w', [], { parts })]),
      merges: ['w--p', 'w--q', 'w'],
      files: new Map(['w--p', 'w--q', 'w'].map((id) => [`effects/${id}`, `good ${id} 1\n`])),
      succeeded: new Map(['w--p', 'w--q', 'w'].map((id) => [id, [1]])),
    });
    const ofParts = ['w--p', 'w--q'].flatMap((id) => [
      line('start', id, 1, id === 'w--q' ? ['w--p'] : []),
      line('end', id),
    ]);
    const whole = line('start', 'w', 1, ['w--p', 'w--q']);
    expect(checkRun(split(line('start', 'w', 0), ...ofParts, whole, line('end', 'w')))).toEqual(
      nothing,
    );
    const early = split(...ofParts, line('start', 'w', 1, ['w--p']), line('end', 'w'));
    expect(checkRun(early)).toEqual({
      ...nothing,
      early: ['run_1/w epoch 1 started without w--q'],
    });
  });

  const doctored: Record<string, [Partial<RunFacts>, Partial<Record<string, string[]>>]> = {
    'a start before a dependency': [
      { log: sound().log.map((each) => ({ ...each, ...(each.task === 'c' && { seen: ['a'] }) })) },
      { early: ['run_1/c epoch 1 started without b'] },
    ],
    'a merge before a dependency': [
      { merges: ['b', 'a', 'c'] },
      { early: ['run_1/b was merged before a'] },
    ],
    'a merge that is not there': [{ merges: ['a', 'b'] }, { lost: ['run_1/c has no merge'] }],
    'an effect that is not there': [
      { files: new Map([...sound().files].filter(([path]) => path !== 'effects/b')) },
      { lost: ['run_1/b has left nothing'] },
    ],
    'an effect that its check refused': [
      { files: new Map([...sound().files, ['effects/a', 'bad a 1\n']]) },
      { lost: ['run_1/a has left "bad a 1\\n"'] },
    ],
    'half an effect': [
      { files: new Map([...sound().files, ['effects/b', 'good b 1\n']]) },
      { lost: ['run_1/b has the effect of epoch 1, which did not end'] },
    ],
    'a line that a merge dropped': [
      { files: new Map([...sound().files, ['shared.txt', 'shared.txt\n']]) },
      { lost: ['run_1/b has no line in shared.txt'] },
    ],
    'a line that a merge doubled': [
      { files: new Map([...sound().files, ['shared.txt', 'shared.txt\nb\nb\n']]) },
      { twice: ['run_1/b has several lines in shared.txt'] },
    ],
    'a second merge': [{ merges: ['a', 'b', 'c', 'a'] }, { twice: ['run_1/a was merged 2 times'] }],
    'a second success': [
      { succeeded: new Map([...sound().succeeded, ['c', [1, 3]]]) },
      { twice: ['run_1/c was recorded as done under 1,3'] },
    ],
    'an execution of what was done': [
      { log: [...sound().log, line('start', 'c', 2, ['a', 'b'])] },
      { twice: ['run_1/c was executed under epoch 2 after 1 was done'] },
    ],
    'a merge of what a person skipped': [
      { merges: ['a', 'b', 'd', 'c'] },
      { twice: ['run_1/d was merged although it was skipped'] },
    ],
    'a finished task that is lost in an aborted run': [
      { ended: 'cancelled', merges: ['a', 'c'] },
      {
        early: ['run_1/c was merged before b'],
        lost: ['run_1/b has no merge'],
      },
    ],
    'a run that does not end': [
      { ended: null, merges: ['a', 'b'], succeeded: new Map([...sound().succeeded].slice(0, 2)) },
      { stuck: ['run_1/c is not finished'] },
    ],
    'a run of finished tasks that does not end': [
      { ended: null },
      { stuck: ['run_1 did not end'] },
    ],
    'a finished task that is lost in a run that does not end': [
      { ended: null, merges: ['b', 'c'] },
      {
        early: ['run_1/b was merged before a', 'run_1/c was merged before a'],
        lost: ['run_1/a has no merge'],
        stuck: ['run_1 did not end'],
      },
    ],
  };
  test.each(Object.entries(doctored))('%s', (_name, [change, found]) => {
    expect(checkRun({ ...sound(), ...change })).toEqual({ ...nothing, ...found });
  });
});
