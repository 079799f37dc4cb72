const importLine =
  /^\s*(import\b|from\s+\S+\s+import\b|using\s+[\w.]+;|use\s|pub use\s|(pub )?mod \w+;|#\s*include\b|require(_relative)?[\s(]|@import\b|export \* from|(const|let|var)\s+.+=\s*require\()/;

/** A line that only says what a file uses, in the common languages. The order has no meaning. */
export const isImport = (line: string): boolean => importLine.test(line);

/** An import that may stand for what others name. */
export const importsAll = (line: string): boolean => /[.:]\*|import \*;?$/.test(line);

/** The names that an import brings in: those before `from`, after Python's `import`, or the last. */
export function importedNames(line: string): readonly string[] {
  const list =
    /^\s*from\s+\S+\s+import\s+(.+)$/.exec(line)?.[1] ??
    /^\s*(?:import|export)\s+(.+?)\s+from\b/.exec(line)?.[1] ??
    /^\s*(?:const|let|var)\s+(.+?)\s*=/.exec(line)?.[1];
  const names = (list ?? /[\w*]+\W*$/.exec(line)?.[0] ?? line).match(/[\w$]+/g) ?? [line];
  return names.filter((name) => !/^(as|type|typeof)$/.test(name));
}
