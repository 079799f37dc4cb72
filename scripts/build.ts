import { fileURLToPath } from 'node:url';
import { compile } from './compile.ts';

await compile(fileURLToPath(new URL('../dist', import.meta.url)), ['src', 'workers']);
