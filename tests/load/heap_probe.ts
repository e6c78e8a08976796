/**
 * Debits through the function itself, and how much of the heap each thousand leaves behind once garbage is collected.
 * Run with --v8-flags=--expose-gc; arguments: the secret key, and holders separated by commas. Writes one line of JSON
 * to standard error: bytes after each thousand.
 */
import { app } from "../../supabase/functions/credit-debit/index.ts";

const [secretKey = "", list = ""] = Deno.args;
const holders = list.split(",");
const { gc } = globalThis as unknown as { gc(): void };

async function debit(at: number): Promise<void> {
  const answer = await app.fetch(
    new Request("http://127.0.0.1/credit-debit", {
      method: "POST",
      headers: {
        apikey: secretKey,
        "content-type": "application/json",
        "idempotency-key": crypto.randomUUID(),
      },
      body: JSON.stringify({ product: "modera", holder: holders[at % holders.length], amount: 1 }),
    }),
  );
  if (answer.status !== 200) throw new Error(await answer.text());
  await answer.body?.cancel();
}

const heap: number[] = [];
for (let thousand = 0; thousand < 6; thousand++) {
  for (let at = 0; at < 1000; at += 10) {
    await Promise.all(Array.from({ length: 10 }, (_, more) => debit(at + more)));
  }
  gc();
  heap.push(Deno.memoryUsage().heapUsed);
}
Deno.stderr.writeSync(new TextEncoder().encode(`${JSON.stringify(heap)}\n`));
Deno.exit(0);
