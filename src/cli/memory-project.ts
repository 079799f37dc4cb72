import type { Services } from '../runtime/services.ts';
import { findProject } from '../storage/run-view-store.ts';

/** Runs keep a project's memories under its id; a name that no run has used stands for itself. */
export async function memoryProject({ database }: Services, name: string): Promise<string> {
  return (await findProject(database.db, name))?.id ?? name;
}
