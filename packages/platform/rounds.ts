/** Work that is done again and again until stopped. */
export interface Rounds {
  /** Begins the next round now, or right after the one under way. */
  wake(): void;
  /** Resolves when the round under way has ended; no other begins. */
  stop(): Promise<void>;
}

/**
 * Does `work` again and again, with naps of at most `longestNap` milliseconds; a round that fails is told and is
 * not the last.
 */
export function startRounds(
  work: () => Promise<void>,
  longestNap: number,
  failed: (reason: unknown) => void,
): Rounds {
  let stopped = false;
  let awake = Promise.withResolvers<void>();
  const loop = (async () => {
    while (!stopped) {
      awake = Promise.withResolvers();
      const woken = awake.promise;
      await work().catch((reason) => stopped || failed(reason));
      const timer = setTimeout(awake.resolve, longestNap);
      await woken;
      clearTimeout(timer);
    }
  })();
  const wake = () => awake.resolve();
  return {
    wake,
    async stop() {
      stopped = true;
      wake();
      await loop;
    },
  };
}
