const hash =
  /\.(py|rb|sh|bash|ya?ml|toml|properties|podspec|gemspec|cmake|pl|r|conf)$|(^|\/)(Makefile|Dockerfile|Gemfile|Podfile|Rakefile|\.\w*ignore)$/;
const none = /\.(json|txt|rst|adoc)$/;
const marked = /\.(xml|svg|md|storyboard|plist)$/;

/**
 * Text without its comments, as far as that can be told without reading the language: what stands
 * behind `//` in a string goes as well.
 */
export function withoutComments(path: string, text: string): string {
  if (hash.test(path)) return text.replace(/(^|\s)#.*$/gm, '');
  if (none.test(path)) return text;
  if (marked.test(path)) return text.replace(/<!--[\s\S]*?-->/g, '');
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/^\s*\*.*$/gm, '');
}
