import { CommanderError } from 'commander';
import { describe, expect, test, vi } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';
import { createProgram } from '../../src/cli/program.ts';
import { tempDir } from '../support/temp-dir.ts';
import { aurora } from './aurora-process.ts';

// Each process takes seconds to start where many tests share few cores.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const names = commands.map(({ usage }) => usage.split(' ')[0] as string);

/** What the command line says when it refuses arguments. */
async function refusal(...args: string[]): Promise<string> {
  const program = await createProgram(args);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeErr: () => undefined, outputError: () => undefined });
  }
  const error = await program.parseAsync(args, { from: 'user' }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CommanderError)) throw new Error(`not refused: ${String(error)}`);
  expect(error.exitCode).not.toBe(0);
  return error.message;
}

test.each([
  [['rnu'], "unknown command 'rnu'\n(Did you mean run?)"],
  [['run', '--fllow'], "unknown option '--fllow'\n(Did you mean --follow?)"],
  [['run', '--repo'], "option '--repo <path-or-url>' argument missing"],
  [['graph'], "missing required argument 'run'"],
  [['memory', 'ad', 'x'], "unknown command 'ad'\n(Did you mean add?)"],
  [['status', 'one', 'two'], "too many arguments for 'status'"],
])('%j is refused with a hint', async (args, message) => {
  expect(await refusal(...args)).toContain(message);
});

test.each(names)('the help of %s describes every option; --json is among them', async (name) => {
  const program = await createProgram([name]);
  const command = program.commands.find((each) => each.name() === name);
  const leaves = command?.commands.length ? command.commands : [command];
  expect(leaves.length).toBeGreaterThan(0);
  for (const leaf of leaves) {
    const help = leaf?.helpInformation() ?? '';
    expect(help).toContain('--json');
    expect(leaf?.options.filter((option) => option.description === '')).toEqual([]);
  }
});

test('only the command that was asked for is loaded', async () => {
  const program = await createProgram(['status']);
  const loaded = program.commands.filter((command) => command.options.length > 0);
  expect(loaded.map((command) => command.name())).toEqual(['status']);
});

describe('from outside', () => {
  test('wrong usage exits 2, help and version 0; nothing comes on the wrong stream', async () => {
    const cwd = await tempDir();
    const [wrong, json, none, help, version] = await Promise.all([
      aurora(['rnu'], { cwd }),
      aurora(['rnu', '--json'], { cwd }),
      aurora([], { cwd }),
      aurora(['--help'], { cwd }),
      aurora(['--version'], { cwd }),
    ]);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('Did you mean run?');
    expect(json).toMatchObject({ code: 2, stderr: '' });
    expect(JSON.parse(json.stdout)).toEqual({
      error: {
        code: 'request-invalid',
        message: "unknown command 'rnu' (Did you mean run?)",
        problems: [],
      },
    });
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('Usage: aurora');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const name of names) expect(help.stdout).toContain(`\n  ${name} `);
    expect(version).toMatchObject({ code: 0, stderr: '' });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
