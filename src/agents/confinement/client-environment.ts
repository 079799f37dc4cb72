import { scrubEnvironment } from '../executors/scrub-environment.ts';

const ofDaemon = [
  ...['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY'],
  ...['CONTAINER_HOST', 'CONTAINERS_CONF', 'XDG_RUNTIME_DIR'],
];

/** What the programs see that make sandboxes, and not those in them: where their daemon is, above all. */
export const clientEnvironment = (
  variables: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => scrubEnvironment(variables, ofDaemon);
