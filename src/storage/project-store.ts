import { and, desc, eq, inArray, max, or, sql } from 'drizzle-orm';
import { newId } from '../domain/id.ts';
import type { ProjectLimits } from '../domain/project-limits.ts';
import { openRunStates } from '../domain/run.ts';
import type { Db, DbOrTx } from './database.ts';
import { projects, reflexions, runs } from './schema/index.ts';

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

/** The project of that name or id. */
async function findProject(db: DbOrTx, nameOrId: string): Promise<Project | undefined> {
  const [row] = await db
    .select()
    .from(projects)
    .where(or(eq(projects.name, nameOrId), eq(projects.id, nameOrId)))
    .orderBy(desc(eq(projects.name, nameOrId)))
    .limit(1);
  return row;
}

/** Runs keep a project's memories under its id; a name that nobody has used stands for itself. */
export const projectToAsk = async (db: DbOrTx, name: string): Promise<string> =>
  (await findProject(db, name))?.id ?? name;

/** The same for what is kept, which the first run of a new project shall find: the project is made. */
export const projectToKeepIn = async (db: DbOrTx, name: string): Promise<string> =>
  ((await findProject(db, name)) ?? (await ensureProject(db, name, null))).id;

/**
 * Projects in which something was learned from a failure, those of the newest lesson first. Who uses memory
 * without runs may name a project that there is not; then the name is the id.
 */
export async function listProjectsWithLessons(
  db: DbOrTx,
): Promise<{ readonly id: string; readonly name: string }[]> {
  return db
    .select({
      id: reflexions.projectId,
      name: sql<string>`coalesce(${projects.name}, ${reflexions.projectId})`,
    })
    .from(reflexions)
    .leftJoin(projects, eq(projects.id, reflexions.projectId))
    .groupBy(reflexions.projectId, projects.name)
    .orderBy(desc(max(reflexions.createdAt)))
    .limit(20);
}

/** All projects, by name. */
export async function listProjects(db: DbOrTx): Promise<Project[]> {
  return db.select().from(projects).orderBy(projects.name);
}

/**
 * Sets how many tasks of all runs of a project may run at once; null lifts the limit. A project that
 * does not exist yet is made.
 *
 * @returns the project, and its open runs
 */
export async function setProjectLimit(
  db: Db,
  name: string,
  maxParallel: number | null,
): Promise<{ project: Project; runIds: string[] }> {
  return db.transaction(async (tx) => {
    const { id } = await ensureProject(tx, name, null);
    const [project] = await tx
      .update(projects)
      .set({ maxParallel })
      .where(eq(projects.id, id))
      .returning();
    const open = await tx
      .select({ id: runs.id })
      .from(runs)
      .where(and(eq(runs.projectId, id), inArray(runs.state, [...openRunStates])));
    return { project: project as Project, runIds: open.map((run) => run.id) };
  });
}

/** Writes the limits that the configuration gives; other projects keep theirs. */
export async function saveProjectLimits(db: Db, limits: ProjectLimits): Promise<void> {
  for (const [name, { maxParallel }] of Object.entries(limits)) {
    await setProjectLimit(db, name, maxParallel);
  }
}
