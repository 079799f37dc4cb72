import type { Feature } from './feature.ts';

/** Whoever builds something new follows the contract. */
export const contractEdge = {
  artifact: 'contract',
  reason: 'it follows the names and shapes that the contract fixes',
};

/** What all drafts of one feature say alike. */
export const about = ({ requirement, facets }: Feature) => ({
  requirements: [requirement],
  subject: facets.subject,
  action: facets.action,
  object: facets.object,
  fields: facets.attributes,
});
