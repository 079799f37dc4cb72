import { mkdir } from 'node:fs/promises';
import { folderError } from '../storage/local-server/folder-error.ts';

/**
 * Makes the data folder when it is missing, and lends it to `use`.
 *
 * @throws AuroraError data-folder-unusable, disk-full
 */
export async function withDataFolder<T>(folder: string, use: () => Promise<T>): Promise<T> {
  try {
    await mkdir(folder, { recursive: true });
    return await use();
  } catch (error) {
    throw folderError(folder, error);
  }
}
