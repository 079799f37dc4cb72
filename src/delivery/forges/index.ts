export { github } from './github.ts';
export { gitlab } from './gitlab.ts';
