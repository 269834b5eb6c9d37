import { TorchError } from '../errors.ts';

/** One place where the addon was looked for, and why it was of no use. */
export interface AddonAttempt {
  readonly path: string;
  readonly reason: string;
}

/** The compiled addon is not there, or does not load (libtorch moved, another Node ABI …). */
export class NativeAddonMissingError extends TorchError {
  readonly tried: readonly AddonAttempt[];

  constructor(tried: readonly AddonAttempt[], cause?: unknown) {
    const places = tried.map(({ path, reason }) => `\n  tried ${path}: ${reason}`).join('');
    super(
      'load',
      `the native addon of @ragwright/torch cannot be loaded; run: npx ragwright-torch setup${places}`,
      {
        cause,
      },
    );
    this.tried = tried;
  }

  static {
    Object.defineProperty(NativeAddonMissingError.prototype, 'name', { value: 'NativeAddonMissingError' });
  }
}
