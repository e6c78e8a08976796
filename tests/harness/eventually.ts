/**
 * Asks until the answer is right, every 50 ms, for at most `patience` milliseconds (60,000).
 * @returns the first answer that is right.
 * @throws Error with the last answer when none was.
 */
export async function eventually<T>(
  ask: () => Promise<T> | PromiseLike<T>,
  isRight: (answer: T) => boolean,
  patience = 60_000,
): Promise<T> {
  const deadline = performance.now() + patience;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(`not within ${patience} ms; the last answer was ${Deno.inspect(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
