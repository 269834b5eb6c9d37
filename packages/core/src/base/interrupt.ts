/**
 * A signal that aborts on Ctrl-C (SIGINT) or SIGTERM, so that a run can save and end. The second Ctrl-C ends the
 * process at once, with exit code 130. `using` (or `dispose`) puts the process's own handling back.
 *
 * @example
 * using interrupt = abortOnInterrupt();
 * for await (const event of tuneEmbedder({ …, signal: interrupt.signal })) show(event);
 */
export function abortOnInterrupt(): Disposable & { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new DOMException(`interrupted by ${name}`, 'AbortError'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const dispose = () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  return { signal: controller.signal, dispose, [Symbol.dispose]: dispose };
}
