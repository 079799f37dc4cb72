import { desc, eq, max } from 'drizzle-orm';
import { newId } from '../domain/id.ts';
import type { DbOrTx } from './database.ts';
import { projects, reflexions } from './schema/index.ts';

export type Project = typeof projects.$inferSelect;

/** The project of that name, made when it does not exist. Its repository is the last one given. */
export async function ensureProject(
  tx: DbOrTx,
  name: string,
  repository: string | null,
): Promise<Project> {
  const [row] = await tx
    .insert(projects)
    .values({ id: newId('prj'), name, repository })
    .onConflictDoUpdate({ target: projects.name, set: repository ? { repository } : { name } })
    .returning();
  return row as Project;
}

export async function getProject(db: DbOrTx, id: string): Promise<Project | undefined> {
  const [row] = await db.select().from(projects).where(eq(projects.id, id));
  return row;
}

/** Projects in which something was learned from a failure, those of the newest lesson first. */
export async function listProjectsWithLessons(
  db: DbOrTx,
): Promise<{ readonly id: string; readonly name: string }[]> {
  return db
    .select({ id: projects.id, name: projects.name })
    .from(projects)
    .innerJoin(reflexions, eq(reflexions.projectId, projects.id))
    .groupBy(projects.id, projects.name)
    .orderBy(desc(max(reflexions.createdAt)))
    .limit(20);
}
