import { describe, expect, it } from 'vitest';
import { errorFactory, GradientError, OpError, ShapeError, TorchError } from './errors.ts';

describe('TorchError', () => {
  it('carries the op, what was expected and what was got', () => {
    const error = new ShapeError('matmul', 'sizes differ', { expected: '[3, n]', got: '[4, 5]' });
    expect(error).toMatchObject({ name: 'ShapeError', op: 'matmul', expected: '[3, n]', got: '[4, 5]' });
    expect(error.message).toBe('matmul: sizes differ\n  expected [3, n]\n  got [4, 5]');
    expect(error).toBeInstanceOf(TorchError);
    expect(String(error.stack)).toContain('ShapeError');
  });

  it('does not say twice what was expected', () => {
    const error = new ShapeError('tensor', 'ragged: an array of 2 expected', { expected: 'an array of 2' });
    expect(error.message).toBe('tensor: ragged: an array of 2 expected');
    expect(error.expected).toBe('an array of 2');
  });

  it('has no fields that were not given', () => {
    expect(Object.keys(new TorchError('add', 'no'))).toEqual(['op']);
  });

  it('tells classes apart', () => {
    const error = new ShapeError('add', 'no');
    expect(TorchError.isInstance(error)).toBe(true);
    expect(ShapeError.isInstance(error)).toBe(true);
    expect(OpError.isInstance(error)).toBe(false);
    expect(ShapeError.isInstance(new TorchError('add', 'no'))).toBe(false);
    for (const other of [null, undefined, 'ShapeError', new Error('ShapeError')]) {
      expect(TorchError.isInstance(other)).toBe(false);
    }
  });

  it('recognises errors of another copy of the package', async () => {
    const copy = (await import('./errors.ts?copy' as string)) as typeof import('./errors.ts');
    const error = new copy.ShapeError('add', 'no');
    expect(error instanceof ShapeError).toBe(false);
    expect(ShapeError.isInstance(error)).toBe(true);
    expect(OpError.isInstance(error)).toBe(false);
  });

  it('recognises subclasses made elsewhere', () => {
    class MyShapeError extends ShapeError {}
    expect(MyShapeError.isInstance(new MyShapeError('add', 'no'))).toBe(true);
    expect(MyShapeError.isInstance(new ShapeError('add', 'no'))).toBe(false);
    expect(ShapeError.isInstance(new MyShapeError('add', 'no'))).toBe(true);
  });
});

describe('errorFactory', () => {
  it('drops the back-trace and keeps the arguments', () => {
    const error = errorFactory(
      'shape',
      'matmul',
      'bad\nException raised from x.cpp\nframe #0',
      'self: float32[2] cpu',
    );
    expect(error).toBeInstanceOf(ShapeError);
    expect(error.message).toBe('matmul: bad\n  got self: float32[2] cpu');
  });

  it.each([
    ['Dimension out of range (expected to be in range of [-2, 1], but got 2)', 'in range of [-2, 1]'],
    ['expected scalar type Float but found Long', 'scalar type Float'],
    ['size must be positive, got -1', 'positive'],
    ['no wish here', undefined],
  ])('reads what %s expected', (message, expected) => {
    const error = errorFactory('op', 'f', message, '');
    expect(error.expected).toBe(expected);
    expect(error.message, 'it says so already').toBe(`f: ${message}`);
  });

  it('gives graph failures their own class', () => {
    const message = 'Trying to backward through the graph a second time';
    expect(errorFactory('op', 'backward', message, '')).toBeInstanceOf(GradientError);
  });

  it("does not print libtorch's table of kernels", () => {
    const message =
      "Could not run 'aten::empty.memory_format' with arguments from the 'CUDA' backend. This …\nCPU: registered";
    expect(errorFactory('device', 'randn', message, 'size: [2]').message).toBe(
      'randn: this libtorch cannot run it on CUDA; devices() lists what there is\n  got size: [2]',
    );
  });

  it("speaks of this package's options and remedies", () => {
    const again = 'Specify retain_graph=True if you need to backward through the graph a second time';
    expect(errorFactory('op', 'backward', again, '').message).toContain('Specify { retainGraph: true } if');
    const unused = 'Set allow_unused=True if this is the desired behavior.';
    expect(errorFactory('op', 'grad', unused, '').message).toContain('Set { allowUnused: true } if');
    expect(errorFactory('disposed', 'add', 'released', '').message).toContain('or keep() it');
  });
});
