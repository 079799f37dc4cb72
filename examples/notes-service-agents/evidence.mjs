/** Which tests show which requirement: this task's own and what its dependencies reported. */
export function gatherEvidence({ requirements = [], dependencies = [] }, tests) {
  const evidence = {};
  const add = (id, files) => {
    evidence[id] = [...new Set([...(evidence[id] ?? []), ...files])].sort();
  };
  for (const { result } of dependencies) {
    for (const [id, files] of Object.entries(result?.evidence ?? {})) add(id, files);
  }
  for (const { id } of requirements) add(id, tests);
  return evidence;
}
