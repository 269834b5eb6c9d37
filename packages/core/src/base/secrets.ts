const MASK = '***';

/** Names of settings and environment variables whose values are nobody's business; not `maxTokens`, not `tokenizer`. */
const SECRET_NAME = /(token(?!s|iz)|secret|passw(or)?d|credential|api_?key|access_?key|private_?key)/i;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(hf|sk|ghp|gho|pypi|npm)[_-][A-Za-z0-9_-]{16,}/g, MASK],
  [/\b(bearer|basic) +[A-Za-z0-9._~+/-]{8,}=*/gi, `$1 ${MASK}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s:@]*:[^/\s@]+@/gi, `$1${MASK}@`],
  [/([?&](?:token|key|password|secret|signature|sig)=)[^&\s]+/gi, `$1${MASK}`],
];

/**
 * Takes tokens, passwords and credentials in URLs out of a text that people or logs will see.
 *
 * @param env its secrets are taken out by their values; default none
 */
export function maskSecrets(text: string, env: Readonly<Record<string, string | undefined>> = {}): string {
  let masked = text;
  for (const [name, value] of Object.entries(env)) {
    if (value && value.length >= 6 && SECRET_NAME.test(name)) masked = masked.replaceAll(value, MASK);
  }
  for (const [pattern, replacement] of PATTERNS) masked = masked.replace(pattern, replacement);
  return masked;
}

/** A copy of plain data without its secrets: values of keys that name one, and what looks like one in texts. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return maskSecrets(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const hidden = typeof inner === 'string' && inner !== '' && SECRET_NAME.test(key);
      return [key, hidden ? MASK : withoutSecrets(inner)];
    }),
  );
}
