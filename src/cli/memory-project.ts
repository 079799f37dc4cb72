import type { Services } from '../runtime/services.ts';
import { ensureProject } from '../storage/project-store.ts';
import { findProject } from '../storage/run-view-store.ts';

/** Runs keep a project's memories under its id; a name that nobody has used stands for itself. */
export async function memoryProject({ database }: Services, name: string): Promise<string> {
  return (await findProject(database.db, name))?.id ?? name;
}

/** The same for what is kept, which the first run of a new project shall find: the project is made. */
export async function projectToKeepIn({ database }: Services, name: string): Promise<string> {
  const project =
    (await findProject(database.db, name)) ?? (await ensureProject(database.db, name, null));
  return project.id;
}
