import { AuroraError } from '../../domain/errors.ts';

/** Says in words what a file-system error means for a folder that a server of ours lives in. */
export function folderError(folder: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = String((error as NodeJS.ErrnoException).code);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AuroraError(
        'disk-full',
        `No space is left for ${folder}. Free some, or move the data folder with AURORA_DATA_DIR.`,
        { cause: error },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new AuroraError(
        'data-folder-unusable',
        `The data folder ${folder} cannot be written by this user (${error.message}). ` +
          `Run as its owner, or set AURORA_DATA_DIR to a folder of yours.`,
        { cause: error },
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new AuroraError(
        'data-folder-unusable',
        `The data folder ${folder} cannot be made: a file is in its place ` +
          `(${error.message}). Remove that file, or set AURORA_DATA_DIR.`,
        { cause: error },
      );
    default:
      return error;
  }
}
