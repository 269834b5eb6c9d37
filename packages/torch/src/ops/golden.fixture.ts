import { readFileSync } from 'node:fs';
import { native } from '../native/attach.ts';
import { type DType, dtypeCode } from '../tensor/dtype.ts';
import { fromTypedArray, Tensor } from '../tensor/index.ts';
import * as ops from './index.ts';

/** A tensor argument: stored whole numbers; see scripts/golden/harness.py. */
interface StoredInput {
  readonly t: string;
  readonly keep?: boolean;
  readonly div?: number;
}

interface OnlyShape {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A stored tensor's name, the shape alone, or a plain value. */
export type Expected = string | OnlyShape | { readonly value: unknown };

export interface GoldenRun {
  readonly out: readonly Expected[];
  /** Gradient of Σ output · w by each tensor argument, by its place among them. */
  readonly grads?: Readonly<Record<string, string>>;
}

export interface GoldenCase {
  readonly op: string;
  readonly overload: string;
  readonly args: readonly unknown[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly runs: Readonly<Record<string, GoldenRun>>;
  readonly several?: boolean;
  /** The first libtorch with these results. */
  readonly since?: string;
  /** Before `since` the op, or an argument of it, does not exist. */
  readonly missing?: boolean;
  /** Draws random numbers: values hold for the CPU's generator. */
  readonly seed?: boolean;
  /** Mean and standard deviation, where single values depend on the processor. */
  readonly stats?: readonly [number, number];
  /** Outputs whose sign is arbitrary. */
  readonly absolute?: readonly number[];
  readonly gradOutputs?: readonly number[];
  readonly tolerance?: Readonly<Record<string, readonly [number, number]>>;
  readonly shapeOnly?: boolean;
  /** A GPU may multiply with ten bits of mantissa. */
  readonly tf32?: boolean;
}

const golden = (name: string) => new URL(`../../golden/ops/${name}`, import.meta.url);

export const goldenCases = JSON.parse(readFileSync(golden('cases.json'), 'utf8')) as GoldenCase[];

const names: Readonly<Record<string, DType>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  BOOL: 'bool',
};

/** Every tensor of a golden safetensors file, by name. */
function readTensors(file: string): ReadonlyMap<string, Tensor> {
  const bytes = readFileSync(golden(file));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, StoredTensor>;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const data = bytes.subarray(start + from, start + to);
        const handle = native.fromTypedArray(data, dtypeCode(names[dtype] as DType), shape);
        return [name, new Tensor(handle)];
      },
    ),
  );
}

interface StoredTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const inputs = readTensors('inputs.safetensors');
const outputs = readTensors('outputs.safetensors');

function stored(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`no golden tensor '${name}'`);
  return tensor;
}

export const expectedTensor = (name: string): Tensor => stored(outputs, name);

const isFloat = (dtype: DType): boolean => dtype.startsWith('float') || dtype === 'bfloat16';

function makeInput({ t, keep, div = 8 }: StoredInput, dtype: DType, device: string): Tensor {
  const whole = stored(inputs, t);
  if (keep) return whole.to({ device, copy: true });
  if (isFloat(dtype)) return ops.div(whole.to('float64'), div).to({ device, dtype });
  return (dtype === 'bool' ? ops.gt(whole, 0) : whole).to({ device, dtype, copy: true });
}

export interface GoldenCall {
  readonly args: unknown[];
  /** The tensor arguments, in order. */
  readonly tensors: Tensor[];
}

/** The arguments of one run, on `device`. Those that have a golden gradient require one. */
export function makeCall(golden: GoldenCase, run: GoldenRun, dtype: DType, device: string): GoldenCall {
  const tensors: Tensor[] = [];
  const decode = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(decode);
    if (typeof value !== 'object' || value === null) return value;
    if ('number' in value) return value.number === 'inf' ? Infinity : -Infinity;
    if ('undefined' in value) return undefined;
    if ('device' in value && value.device === true) return device;
    if (!('t' in value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, decode(v)]));
    const tensor = makeInput(value as StoredInput, dtype, device);
    if (run.grads?.[tensors.length] !== undefined) tensor.requiresGrad_();
    tensors.push(tensor);
    return tensor;
  };
  const args = golden.args.map(decode);
  const options = golden.options && decode(golden.options);
  if (options !== undefined) args.push(options);
  if (golden.op.endsWith('_')) args[0] = (args[0] as Tensor).clone(); // a leaf cannot be changed in place
  return { args, tensors };
}

/** w = (7 i mod 11 - 5) / 4, in the shape and type of an output. */
export function weightsLike(output: Tensor): Tensor {
  const { shape, dtype, device } = output;
  const flat = Float64Array.from({ length: output.numel }, (_, i) => (((7 * i) % 11) - 5) / 4);
  return fromTypedArray(flat, shape).to({ dtype, device });
}

/** a < b for versions such as "2.13.0" and "2.4". */
export function isBefore(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number.parseFloat));
  const [major = 0, minor = 0] = left ?? [];
  const [otherMajor = 0, otherMinor = 0] = right ?? [];
  return major !== otherMajor ? major < otherMajor : minor < otherMinor;
}
