/**
 * Asks again and again until the answer satisfies.
 * @param seconds how long to ask
 * @throws Error naming what did not happen.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  seconds = 40,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (performance.now() > end) {
      throw new Error(`${what} did not happen: ${JSON.stringify(answer)}`);
    }
    await new Promise((resume) => setTimeout(resume, 200));
  }
}
