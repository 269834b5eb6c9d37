// Attention alone, forward and backward, over 32 sequences of log-normal length: packed, ways compared.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randn, scaledDotProductAttention, scope, setNumThreads, zeros } from '@ragwright/torch';
import { packedAttention } from '@ragwright/torch/nn';
import { median, report, time } from '../shared/measure.mjs';

const [, , scratch, threads] = process.argv;
setNumThreads(Number(threads));
const lengths = JSON.parse(readFileSync(join(scratch, 'lengths.json'), 'utf8'));
const tokens = lengths.reduce((a, b) => a + b, 0);
const longest = Math.max(...lengths);
const [HEADS, DIM] = [12, 32];

/** Median milliseconds of a forward and backward pass of `attend` over three leaves of this shape. */
function cost(shape, dtype, attend) {
  const inputs = [0, 1, 2].map(() => randn(shape, { dtype }).requiresGrad_());
  const gradient = randn(shape, { dtype });
  const times = Array.from({ length: 25 }, () =>
    time(() => {
      scope(() => attend(...inputs).backward({ gradient }));
      for (const x of inputs) x.grad = null;
    }),
  );
  for (const x of [...inputs, gradient]) x.dispose();
  return median(times.slice(5));
}

const packed = (order) => (q, k, v) => packedAttention(q, k, v, order);

function padded(q, k, v) {
  const mask = zeros([lengths.length, 1, 1, longest], { dtype: q.dtype });
  lengths.forEach((length, i) => {
    if (length < longest)
      mask
        .select(0, i)
        .narrow(2, length, longest - length)
        .fill_(Number.NEGATIVE_INFINITY);
  });
  const heads = (x) => x.view([lengths.length, longest, HEADS, DIM]).transpose(1, 2);
  const output = scaledDotProductAttention(heads(q), heads(k), heads(v), mask);
  return output.transpose(1, 2).reshape([-1, HEADS, DIM]);
}

const shuffled = lengths.map((_, i) => lengths[(i * 13) % lengths.length]);
const result = {};
for (const dtype of ['float32', 'bfloat16']) {
  result[`${dtype} sorted`] = cost([tokens, HEADS, DIM], dtype, packed(lengths));
  result[`${dtype} unsorted`] = cost([tokens, HEADS, DIM], dtype, packed(shuffled));
  result[`${dtype} padded`] = cost([lengths.length * longest, HEADS, DIM], dtype, padded);
}
report(result);
