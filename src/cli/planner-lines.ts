import pc from 'picocolors';
import { oneLine } from './format.ts';
import { plannedByText, type PlannedBy } from '../domain/planned-by.ts';

/** Who planned; the rules say nothing of themselves, unless they stood in for a model. */
export function plannerLines(plannedBy: PlannedBy | null | undefined, columns: number): string[] {
  if (!plannedBy?.model) return [];
  const line = oneLine(`Planned by ${plannedByText(plannedBy)}`, columns);
  return [plannedBy.notice === null ? pc.dim(line) : pc.yellow(line)];
}
