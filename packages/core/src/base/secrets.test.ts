import { expect, test } from 'vitest';
import { maskSecrets, withoutSecrets } from './secrets.ts';

test.each([
  ['token hf_abcdefghijklmnopqrstuv here', 'token *** here'],
  ['Authorization: Bearer abcdefgh12345', 'Authorization: Bearer ***'],
  ['postgres://me:p%40ss@db:5432/x', 'postgres://***@db:5432/x'],
  ['https://host/f?token=abc&x=1', 'https://host/f?token=***&x=1'],
  ['https://host:8080/a/b@c', 'https://host:8080/a/b@c'],
  ['the skin_of_a_hippopotamus', 'the skin_of_a_hippopotamus'],
])('%s', (text, masked) => expect(maskSecrets(text)).toBe(masked));

test('values of secret variables, wherever they stand', () => {
  const env = { HF_TOKEN: 'a-long-secret', PGPASSWORD: 'another', KEYBOARD: 'qwertyuiop', SHORT_TOKEN: 'x' };
  expect(maskSecrets('a-long-secret/another/qwertyuiop/x', env)).toBe('***/***/qwertyuiop/x');
});

test('plain data without its secrets', () => {
  const data = {
    a: { hfToken: 'x', list: ['https://u:p@h'], n: 1, apiKey: '' },
    b: null,
    tokens: 5,
    tokensInMemory: 'auto',
  };
  expect(withoutSecrets(data)).toEqual({
    a: { hfToken: '***', list: ['https://***@h'], n: 1, apiKey: '' },
    b: null,
    tokens: 5,
    tokensInMemory: 'auto',
  });
});
