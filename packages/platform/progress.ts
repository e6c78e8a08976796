import { StartFailure } from "./failure.ts";

/** Says what is being started and how long it took. Writes whole lines. */
export interface Progress {
  /** One line about something that happened. */
  note(text: string): void;
  /** Runs `work` and says how long it took, in seconds. */
  step<T>(label: string, work: () => Promise<T>): Promise<T>;
}

/** Progress that goes nowhere. */
export const silent: Progress = { note: () => {}, step: (_label, work) => work() };

/** Progress on standard error, so that standard output stays for results. */
export function progressOnStderr(prefix = "tessera"): Progress {
  const encoder = new TextEncoder();
  const note = (text: string) => {
    Deno.stderr.writeSync(encoder.encode(`${prefix}  ${text}\n`));
  };
  return {
    note,
    async step(label, work) {
      const started = performance.now();
      const result = await work();
      note(`${label} (${((performance.now() - started) / 1000).toFixed(2)} s)`);
      return result;
    },
  };
}

/** The same progress, which throws in place of beginning a step once `signal` has aborted. */
export function abortable(progress: Progress, signal?: AbortSignal): Progress {
  return {
    note: progress.note,
    step(label, work) {
      if (signal?.aborted) throw new StartFailure("Interrupted while starting.");
      return progress.step(label, work);
    },
  };
}
