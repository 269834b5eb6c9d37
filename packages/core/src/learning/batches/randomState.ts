import { rngState, setRngState } from '@ragwright/torch';

/** Remembers the random numbers' state on the CPU and on `device`; the result puts it back, any number of times. */
export function rememberRandomState(device = 'cpu'): () => void {
  const devices = device === 'cpu' ? ['cpu'] : ['cpu', device];
  const states = devices.map((name) => [rngState(name), name] as const);
  return () => {
    for (const [state, name] of states) setRngState(state, name);
  };
}
