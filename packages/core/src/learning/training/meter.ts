/** Tokens per second and time left, over the last steps; evaluations and checkpoints don't count. */
export class Meter {
  readonly #window = 50;
  readonly #steps: { readonly seconds: number; readonly tokens: number }[] = [];

  add(seconds: number, tokens: number): void {
    this.#steps.push({ seconds, tokens });
    if (this.#steps.length > this.#window) this.#steps.shift();
  }

  get #seconds(): number {
    return Math.max(
      1e-9,
      this.#steps.reduce((sum, { seconds }) => sum + seconds, 0),
    );
  }

  get tokensPerSecond(): number {
    return this.#steps.reduce((sum, { tokens }) => sum + tokens, 0) / this.#seconds;
  }

  secondsFor(steps: number): number {
    return (this.#seconds / Math.max(1, this.#steps.length)) * steps;
  }
}
