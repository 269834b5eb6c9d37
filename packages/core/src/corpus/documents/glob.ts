/**
 * A glob as a pattern for paths with `/`: `*` and `?` stay within one name, `**` spans folders, `{a,b}` is either.
 * A glob without `/` matches a name at any depth, as in `.gitignore`.
 */
export function globPattern(glob: string): RegExp {
  const rooted = glob.includes('/') ? glob.replace(/^\.?\//, '') : `**/${glob}`;
  let pattern = '';
  let depth = 0;
  for (let i = 0; i < rooted.length; i++) {
    const char = rooted[i] as string;
    if (rooted.startsWith('**/', i)) {
      pattern += '(?:.*/)?';
      i += 2;
    } else if (rooted.startsWith('**', i)) {
      pattern += '.*';
      i += 1;
    } else if (char === '*') pattern += '[^/]*';
    else if (char === '?') pattern += '[^/]';
    else if (char === '{' && rooted.includes('}', i)) {
      pattern += '(?:';
      depth++;
    } else if (char === '}' && depth > 0) {
      pattern += ')';
      depth--;
    } else if (char === ',' && depth > 0) pattern += '|';
    else pattern += char.replace(/[\\^$.|+()[\]{}]/, '\\$&');
  }
  return new RegExp(`^${pattern}${')'.repeat(depth)}$`, 'su');
}
