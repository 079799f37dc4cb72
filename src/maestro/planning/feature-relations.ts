import type { Feature } from './feature.ts';

const writing = new Set(
  'create add save store record register write upload import edit update rename change modify post book'.split(
    ' ',
  ),
);
const listing = new Set('list browse show display see view'.split(' '));
const refining = new Set('filter sort order group paginate page'.split(' '));
const ruling = new Set(
  'limit ensure validate require refuse reject restrict check verify enforce'.split(' '),
);

/** Rules stand on what writes, refinements on what lists: the higher rank builds on the lower. */
function rank({ facets, requirement }: Feature): number {
  if (ruling.has(facets.action)) return 2;
  const ordered = /\b(?:first|last|newest|oldest|latest|sorted|ordered|grouped)\b/i.test(
    requirement.title,
  );
  return refining.has(facets.action) || (listing.has(facets.action) && ordered) ? 1 : 0;
}

/** The requirements whose code a requirement builds on; never in a circle, because ranks only fall. */
export function relatedFeatures(feature: Feature, all: readonly Feature[]): Feature[] {
  const own = rank(feature);
  if (own === 0 || feature.stored === undefined) return [];
  return all.filter((other) => {
    if (other.stored !== feature.stored || rank(other) >= own || other.lane !== 'backend')
      return false;
    const { action } = other.facets;
    if (own === 2) return writing.has(action);
    return listing.has(action) || feature.facets.by.includes(action);
  });
}
