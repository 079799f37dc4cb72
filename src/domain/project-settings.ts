import { z } from 'zod';
import { maxParallelSchema, type ProjectLimits, projectNameSchema } from './project-limits.ts';

const argv = z.array(z.string().min(1)).min(1).max(200);
const setupSchema = z.union([
  argv.transform((command) => ({ command, files: undefined })),
  z.strictObject({
    command: argv,
    /** The files that say what it makes, relative to the root; else lock files and manifests there. */
    files: z.array(z.string().min(1).max(4_096)).min(1).max(100),
  }),
]);
/** A command that makes what is no part of the repository and what work on it needs. */
export type Setup = z.infer<typeof setupSchema>;

/** `projects` of the configuration, by name. */
export const projectSettingsSchema = z.record(
  projectNameSchema,
  z.strictObject({
    maxParallel: maxParallelSchema.optional(),
    /** Runs in each fresh worktree, or what it has made is put there. */
    setup: setupSchema.optional(),
  }),
);
export type ProjectSettings = z.infer<typeof projectSettingsSchema>;

/** What the record is told of them. */
export function limitsOf(projects: ProjectSettings): ProjectLimits {
  return Object.fromEntries(
    Object.entries(projects).flatMap(([name, { maxParallel }]) =>
      maxParallel === undefined ? [] : [[name, { maxParallel }]],
    ),
  );
}

/** What makes their worktrees ready, by the projects' names. */
export function setupsOf(projects: ProjectSettings): ReadonlyMap<string, Setup> {
  return new Map(
    Object.entries(projects).flatMap(([name, { setup }]) =>
      setup === undefined ? [] : [[name, setup] as const],
    ),
  );
}
