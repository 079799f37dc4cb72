import type { Requirement } from '../../domain/requirement.ts';
import { readFacets, slug, type Facets } from './facets.ts';
import { surfaces } from './vocabulary.ts';

/** Which kind of work a functional requirement is, in the main. */
type Lane =
  | 'authentication'
  | 'backend'
  | 'frontend'
  | 'integration'
  | 'deployment'
  | 'research'
  | 'tests'
  | 'documentation';

/** A functional requirement with what the planner has made out about it. */
export interface Feature {
  readonly requirement: Requirement;
  readonly facets: Facets;
  readonly lane: Lane;
  /** `create-note`: the part of task ids behind the aspect. */
  readonly slug: string;
  /** The stored object that it works on. */
  readonly stored: string | undefined;
  readonly visible: boolean;
}

/** Verbs that show that their object is kept. */
const storing = new Set(
  'create add save store record register write upload import keep edit update rename change modify delete remove archive restore list search find browse book order tag assign comment post rate favorite like share track publish manage maintain see view'.split(
    ' ',
  ),
);
/** "filter the list": a list of what was spoken of before. */
const containers = new Set('list table grid result entry item overview view record'.split(' '));
const unstored = new Set(
  'email mail sms notification message error report csv pdf file result link preview'.split(' '),
);
/** Properties of somebody with an account rather than things of their own. */
const ofUsers = new Set(
  'password username email-address account login avatar user-account'.split(' '),
);

/** Reads all functional requirements together: later ones refer to the objects of earlier ones. */
export function readFeatures(
  requirements: readonly Requirement[],
  hasFrontEnd: boolean,
): Feature[] {
  const owners = new Map<string, string>();
  const storedObjects = new Set<string>();
  let lastObject: string | undefined;
  const read = requirements.map((requirement) => {
    const facets = readFacets(requirement);
    const object =
      facets.object !== undefined && containers.has(facets.object)
        ? (lastObject ?? facets.object)
        : facets.object;
    for (const attribute of facets.attributes) {
      if (object !== undefined && !owners.has(attribute)) owners.set(attribute, object);
    }
    if (object !== undefined && !owners.has(object)) lastObject = object;
    return { requirement, facets, object };
  });
  for (const { facets, object } of read) {
    if (facets.action === 'login') storedObjects.add('user');
    const kept = object !== undefined && storing.has(facets.action) && !isSurface(object);
    if (kept && !unstored.has(object) && laneOf(facets, object) === 'backend')
      storedObjects.add(ownerOf(object, owners));
  }
  return read.map(({ requirement, facets, object }) => {
    const owner = object === undefined ? undefined : ownerOf(object, owners);
    const stored = owner !== undefined && storedObjects.has(owner) ? owner : undefined;
    const lane = laneOf(facets, stored);
    const shown = lane === 'frontend' || facets.visible || hasFrontEnd;
    return {
      requirement,
      facets,
      lane,
      slug: lane === 'authentication' ? 'login' : slug(`${facets.action}-${object ?? ''}`),
      stored,
      visible: shown && (lane === 'backend' || lane === 'frontend' || lane === 'integration'),
    };
  });
}

function ownerOf(object: string, owners: ReadonlyMap<string, string>): string {
  if (ofUsers.has(object)) return 'user';
  return owners.get(object) ?? object;
}

const isSurface = (object: string): boolean => surfaces.has(object.split('-').at(-1) ?? object);

function laneOf({ action, object = '', visible }: Facets, stored: string | undefined): Lane {
  if (action === 'login') return 'authentication';
  if (/^(?:write|add|document|describe|provide|update)$/.test(action)) {
    if (/(?:^|-)(?:documentation|docs?|readme|manual|guide|changelog)$/.test(object))
      return 'documentation';
    if (/(?:^|-)(?:unit-test|test|test-suite)$/.test(object)) return 'tests';
  }
  if (action === 'document') return 'documentation';
  if (/^(?:research|investigate|evaluate)$/.test(action)) return 'research';
  if (
    /^(?:deploy|containeri[sz]e|dockeri[sz]e|provision|host|release)$/.test(action) ||
    /(?:^|-)(?:dockerfile|docker|ci|pipeline|kubernetes|heroku|helm|terraform|deployment)(?:-|$)/.test(
      object,
    )
  ) {
    return 'deployment';
  }
  if (
    /^(?:integrate|connect|sync|synchroni[sz]e)$/.test(action) ||
    /(?:^|-)(?:webhook|integration)$/.test(object)
  ) {
    return 'integration';
  }
  return stored === undefined && visible && isSurface(object) ? 'frontend' : 'backend';
}
