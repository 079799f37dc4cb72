/** The files, by path from the root, that break a rule of docs/house-rules.md, and why. */
export function findBreaches(files) {
  return Object.entries(rules).flatMap(([rule, check]) =>
    [...check(files)].map(([file, message]) => ({ file, rule, message })),
  );
}

const rules = {
  *'validate-body'(files) {
    for (const [file, text] of sources(files)) {
      const reads = count(text, /(?<!function )\breadBody\(/g);
      const validated = count(text, /\bvalidate\(\s*await readBody\(/g);
      if (reads > validated) {
        yield [
          file,
          'a handler that reads a request body must pass it through validate() of src/validate.js: ' +
            'validate(await readBody(request), fields)',
        ];
      }
    }
  },
  *'escape-html'(files) {
    for (const [file, text] of sources(files)) {
      const rawTag = /(?<!\bhtml)[`'"]\s*<[a-z!/]/i.test(text);
      if (rawTag || (file !== 'src/html.js' && text.includes('new Html('))) {
        yield [
          file,
          'write HTML with the html template tag of src/html.js, which escapes every value',
        ];
      }
    }
  },
  *'no-inline-script'(files) {
    for (const [file, text] of sources(files)) {
      if (/<script(?![^>]*\ssrc=)|\son[a-z]+="/i.test(text)) {
        yield [file, 'put scripts into a file under public/; inline ones do not run'];
      }
    }
  },
  *'handler-test'(files) {
    for (const name of handlers(files)) {
      if (!files.has(`test/handlers/${name}.test.js`)) {
        yield [`src/handlers/${name}.js`, `write test/handlers/${name}.test.js`];
      }
    }
  },
  *'handler-route'(files) {
    const table = files.get('src/routes.js') ?? '';
    const routed = [...table.matchAll(/^\s*route\(.*'([^']+)'\),/gm)].map(([, name]) => name);
    const existing = handlers(files);
    for (const name of existing) {
      if (!routed.includes(name)) {
        yield [`src/handlers/${name}.js`, 'give it a line in src/routes.js'];
      }
    }
    for (const name of routed) {
      if (!existing.includes(name)) {
        yield ['src/routes.js', `src/handlers/${name}.js does not exist`];
      }
    }
  },
};

const sources = (files) => [...files].filter(([file]) => file.startsWith('src/'));

const handlers = (files) =>
  [...files.keys()].flatMap((file) => /^src\/handlers\/(.+)\.js$/.exec(file)?.[1] ?? []);

const count = (text, pattern) => [...text.matchAll(pattern)].length;
