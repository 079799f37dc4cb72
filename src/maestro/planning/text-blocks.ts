import { gherkinParts } from './gherkin.ts';

/**
 * A stretch of a request: a paragraph, a list item, a heading, or a scenario of a Gherkin feature or one on its own. Code
 * and rules are left out.
 */
export interface TextBlock {
  readonly kind: 'heading' | 'item' | 'paragraph' | 'scenario' | 'lone scenario';
  /** Where it starts in the request, in UTF-16 units. */
  readonly start: number;
  /**
   * The block with markup and line breaks blanked out one for one, so that `start + i` is the place
   * of character `i` in the request.
   */
  readonly text: string;
  /** Columns before the text; a deeper item belongs to the item above it. */
  readonly indent: number;
}

const headingLine = /^\s{0,3}(#{1,6})\s+(?=\S)/;
const itemLine = /^(\s*)(?:[-*+•–‣◦]|\(?(?:\d{1,4}|[a-z])[.)])\s+(?:\[[ xX]\]\s+)?(?=\S)/;
const fenceLine = /^\s*(?:```|~~~)/;
const underline = /^\s{0,3}(?:=+|-+)\s*$/;
const ruleLine = /^\s{0,3}(?:[-*_]\s*){3,}$/;
const quoteLine = /^\s{0,3}(?:>\s?)+/;
const boldHeading = /^\s*(?:\*\*|__)[^*_]{1,80}(?:\*\*:?|__:?)\s*$/;

/** Shorter lines were ended on purpose, not wrapped by an editor. */
const wrapWidth = 50;

interface Line {
  readonly start: number;
  readonly text: string;
}

/** Reads plain text or Markdown line by line into blocks, in order of appearance. */
export function textBlocks(request: string): TextBlock[] {
  const { blocks: features, prose } = gherkinParts(request);
  return [...proseBlocks(prose), ...features].sort((a, b) => a.start - b.start);
}

function proseBlocks(request: string): TextBlock[] {
  const blocks: TextBlock[] = [];
  let open: { kind: 'item' | 'paragraph'; start: number; end: number; indent: number } | undefined;
  let fenced = false;
  const close = () => {
    if (open) blocks.push(block(request, open.kind, open.start, open.end, open.indent));
    open = undefined;
  };
  for (const { start, text } of lines(request)) {
    if (fenceLine.test(text)) {
      close();
      fenced = !fenced;
      continue;
    }
    if (fenced) continue;
    const end = start + text.trimEnd().length;
    const heading = headingLine.exec(text);
    const item = itemLine.exec(text);
    if (open?.kind === 'paragraph' && underline.test(text)) {
      blocks.push(block(request, 'heading', open.start, open.end, 0));
      open = undefined;
    } else if (text.trim() === '' || ruleLine.test(text)) close();
    else if (heading || boldHeading.test(text)) {
      close();
      blocks.push(block(request, 'heading', start + (heading?.[0].length ?? 0), end, 0));
    } else if (item) {
      close();
      const indent = (item[1] ?? '').replaceAll('\t', '    ').length;
      open = { kind: 'item', start: start + item[0].length, end, indent };
    } else if (open && continues(request.slice(open.start, open.end), text)) open.end = end;
    else {
      close();
      const quote = quoteLine.exec(text)?.[0].length ?? 0;
      const lead = quote + text.slice(quote).search(/\S|$/);
      open = { kind: 'paragraph', start: start + lead, end, indent: lead };
    }
  }
  close();
  return blocks;
}

/** Whether a line goes on with the sentence above it, rather than being a line of its own. */
function continues(above: string, line: string): boolean {
  const last = above.slice(above.lastIndexOf('\n') + 1).trim();
  if (!/^\s*["'(]?\p{Lu}/u.test(line)) return true;
  return last.length >= wrapWidth || /(?:[,–-]|\b(?:and|or|the|an?|to|of|for|with))$/i.test(last);
}

function* lines(request: string): Generator<Line> {
  let start = 0;
  while (start < request.length) {
    const newline = request.indexOf('\n', start);
    const end = newline === -1 ? request.length : newline;
    yield { start, text: request.slice(start, end) };
    start = end + 1;
  }
}

function block(
  request: string,
  kind: TextBlock['kind'],
  start: number,
  end: number,
  indent: number,
): TextBlock {
  const text = request
    .slice(start, end)
    .replace(/\n\s{0,3}(?:>\s?)+/g, (quote) => ' '.repeat(quote.length))
    .replace(/\*\*|__|`|[\r\n\t\f\uFEFF]|(?<![\w*])\*(?=\w)|(?<=\w)\*(?![\w*])/g, (markup) =>
      ' '.repeat(markup.length),
    );
  return { kind, start, text, indent };
}
