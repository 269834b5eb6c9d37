import { describe, expect, it } from 'vitest';
import { errorFactory, GradientError, OpError, ShapeError, TorchError } from './errors.ts';

describe('TorchError', () => {
  it('carries the op, what was expected and what was got', () => {
    const error = new ShapeError('matmul', 'sizes differ', { expected: '[3, n]', got: '[4, 5]' });
    expect(error).toMatchObject({ name: 'ShapeError', op: 'matmul', expected: '[3, n]', got: '[4, 5]' });
    expect(error.message).toBe('matmul: sizes differ\n  got [4, 5]');
    expect(error).toBeInstanceOf(TorchError);
    expect(String(error.stack)).toContain('ShapeError');
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
    expect(errorFactory('op', 'f', message, '').expected).toBe(expected);
  });

  it('gives graph failures their own class', () => {
    const message = 'Trying to backward through the graph a second time';
    expect(errorFactory('op', 'backward', message, '')).toBeInstanceOf(GradientError);
  });
});
