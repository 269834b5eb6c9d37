import { count, duration, type RunEvent } from '@ragwright/core/base';
import { printable, type Style } from './style.ts';

export interface ProgressOptions {
  /** One live line that is written over, instead of lines now and then. */
  readonly live: boolean;
  readonly style: Style;
  /** Of the terminal; default 80. */
  readonly columns?: () => number;
  /** Milliseconds; default `performance.now`. */
  readonly now?: () => number;
}

/** Shows events as they come. */
export interface Progress {
  show(event: RunEvent): void;
  /** Takes the live line away; before anything else is written. */
  clear(): void;
}

/** Least milliseconds between two updates of the live line, and between two plain lines. */
const LIVE_EVERY = 80;
const PLAIN_EVERY = 5000;

export function progress(write: (text: string) => void, options: ProgressOptions): Progress {
  const { live, style, columns = () => 80, now = () => performance.now() } = options;
  let shown = false;
  let last = Number.NEGATIVE_INFINITY;

  const clear = () => {
    if (shown) write('\r\u001b[2K');
    shown = false;
  };
  const line = (text: string) => {
    clear();
    write(`${text}\n`);
  };
  const passing = (text: string) => {
    const time = now();
    if (time - last < (live ? LIVE_EVERY : PLAIN_EVERY)) return;
    last = time;
    if (!live) return write(`${text}\n`);
    write(`\r\u001b[2K${cut(text, columns() - 1)}`);
    shown = true;
  };
  const stage = (event: RunEvent & { type: 'stage' }) => {
    if (event.status === 'started') {
      last = Number.NEGATIVE_INFINITY; // a new stage shows itself at once
      if (live) passing(`  ${event.stage} …`);
      else line(`${event.stage} …`);
      last = now();
      return;
    }
    const seconds = event.seconds === undefined ? '' : duration(event.seconds);
    const summary = event.summary === undefined ? '' : printable(event.summary);
    line(
      `${style.green('✓')} ${[event.stage, style.dim(seconds), summary].filter((part) => part !== '').join('  ')}`,
    );
  };

  return {
    clear,
    show(event) {
      switch (event.type) {
        case 'stage':
          return stage(event);
        case 'progress':
          return passing(`  ${event.stage}  ${amounts(event)}`);
        case 'step':
          return passing(`  ${event.stage}  ${stepLine(event)}`);
        case 'evaluation':
          return line(`  ${event.model} on ${event.split}: ${metrics(event.metrics)}`);
        case 'checkpoint':
          if (!live) line(`  checkpoint at step ${event.step}${event.best ? ', the best so far' : ''}`);
          return;
        case 'notice':
          return line(
            event.level === 'warning'
              ? `${style.yellow('! warning:')} ${printable(event.message)}`
              : `${style.cyan('i')} ${printable(event.message)}`,
          );
      }
    },
  };
}

const BAR = 16;

function amounts({ done, total, unit, rate, secondsLeft }: RunEvent & { type: 'progress' }): string {
  const parts = [total === undefined ? `${count(done)} ${unit}` : `${count(done)}/${count(total)} ${unit}`];
  if (rate !== undefined) parts.push(`${count(rate)}/s`);
  if (secondsLeft !== undefined) parts.push(`${duration(secondsLeft)} left`);
  return total === undefined ? parts.join(' · ') : `${bar(done / Math.max(1, total))} ${parts.join(' · ')}`;
}

function stepLine(event: RunEvent & { type: 'step' }): string {
  const { step, totalSteps, epoch, loss, gradNorm, tokensPerSecond, secondsLeft } = event;
  return `${bar(step / Math.max(1, totalSteps))} ${[
    `step ${count(step)}/${count(totalSteps)}`,
    `loss ${loss.toFixed(4)}`,
    `${count(tokensPerSecond)} tokens/s`,
    `${duration(secondsLeft)} left`,
    `epoch ${epoch.toFixed(2)}`,
    `grad ${gradNorm.toFixed(2)}`,
  ].join(' · ')}`;
}

function bar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * BAR);
  return '━'.repeat(full) + '─'.repeat(BAR - full);
}

const metrics = (all: Readonly<Record<string, number>>): string =>
  Object.entries(all)
    .slice(0, 6)
    .map(([name, value]) => `${name} ${value.toFixed(4)}`)
    .join(', ');

const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
