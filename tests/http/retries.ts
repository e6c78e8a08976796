import { callFunction, platformDatabase } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";

/**
 * Asks until the answer is right, as `eventually` does; meanwhile jobs of a kind that failed and wait for their next
 * attempt are tried at once, so that no test sits out their pauses.
 */
export async function afterRetries<T>(
  kind: string,
  ask: () => Promise<T> | PromiseLike<T>,
  isRight: (answer: T) => boolean,
): Promise<T> {
  const sql = platformDatabase();
  try {
    return await eventually(async () => {
      const hurried = await sql`
        update jobs.queue set due_at = private.now()
        where kind = ${kind} and state = 'queued' and attempts > 0 returning id`;
      if (hurried.length > 0) {
        const worked = await callFunction("job-worker", { caller: "automations", method: "POST" });
        await worked.body?.cancel();
      }
      return await ask();
    }, isRight);
  } finally {
    await sql.end();
  }
}
