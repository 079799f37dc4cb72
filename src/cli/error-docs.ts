import { AuroraError, errorCodes, type ErrorCode } from '../domain/errors.ts';
import { exitCodeOf } from './exit-code.ts';

/** docs/errors.md, from the registry of error codes; a test holds the file equal to it. */
export function renderErrorDocs(): string {
  const rows = (Object.keys(errorCodes) as ErrorCode[]).sort().map((code) => {
    const { summary, remedy } = errorCodes[code];
    return `| \`${code}\` | ${exitCodeOf(new AuroraError(code, ''))} | ${summary} | ${remedy} |`;
  });
  return [
    '# Errors',
    '',
    'Every error that Aurora raises has one of these codes: in `--json` output as `error.code`, over',
    'HTTP as `code` of an `application/problem+json` answer. The exit code is that of the command line:',
    '0 success, 1 the work failed, 2 wrong usage or input, 3 a service that is needed cannot be reached.',
    '',
    'Made from `src/domain/errors.ts` by `npm run docs:errors`.',
    '',
    '| code | exit | what happened | the way out |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
