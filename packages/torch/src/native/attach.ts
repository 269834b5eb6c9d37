import { errorFactory } from '../errors.ts';
import { native } from './load.ts';

// Each thread evaluates this module once. Import `native` from here, so that no op can run before this.
native.setErrorFactory(errorFactory);

export { native };
