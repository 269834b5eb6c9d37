import { ConfigError } from '../../base/errors.ts';
import type { ModelSource } from './types.ts';

// As the Hub and pip allow them; a name that begins with a dash would be an option.
const repository = /^[\w][\w.-]*(\/[\w][\w.-]*)?$/;
const revision = /^[\w][\w./-]*$/;
const requirement = /^([A-Za-z0-9][\w.-]*)(==[\w.!+-]+)?$/;

const forms = 'a folder, hf:org/name[@revision] or pip:package[==version]; several with | between them';

/**
 * Parses `hf:org/name@revision`, `pip:package==1.0`, a folder, or several with `|` between them.
 *
 * @throws ConfigError that says what is expected
 */
export function parseSources(text: string): ModelSource[] {
  return text.split('|').map((part) => {
    const source = parseSource(part.trim());
    if (source) return source;
    throw new ConfigError('model', [{ field: '', expected: forms, got: JSON.stringify(text) }]);
  });
}

function parseSource(text: string): ModelSource | undefined {
  const [, scheme, rest = ''] = /^(hf|pip):(.*)$/.exec(text) ?? [];
  if (scheme === 'hf') {
    const [repo = '', wanted = 'main', ...more] = rest.split('@');
    const valid = repository.test(repo) && revision.test(wanted) && !`${repo}/${wanted}`.includes('..');
    return valid && more.length === 0 ? { kind: 'hf', text, repo, revision: wanted } : undefined;
  }
  if (scheme === 'pip') {
    const name = requirement.exec(rest)?.[1];
    return name === undefined ? undefined : { kind: 'pip', text, name, requirement: rest };
  }
  return text === '' ? undefined : { kind: 'folder', text, folder: text };
}
