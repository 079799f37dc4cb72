const importLine =
  /^\s*(import\b|from\s+\S+\s+import\b|using\s+[\w.]+;|use\s|pub use\s|(pub )?mod \w+;|#\s*include\b|require(_relative)?[\s(]|@import\b|export \* from|(const|let|var)\s+.+=\s*require\()/;

/** A line that only says what a file uses, in the common languages. The order has no meaning. */
export const isImport = (line: string): boolean => importLine.test(line);

/** An import that may stand for what others name. */
export const importsAll = (line: string): boolean => /[.:]\*|import \*;?$/.test(line);
