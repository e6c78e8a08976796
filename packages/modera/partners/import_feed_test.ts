import assert from "node:assert/strict";
import { serviceCaller } from "../../database/database.ts";
import { Problem } from "../../database/problem.ts";
import type { Json } from "../../database/types.ts";
import { fakeDatabase } from "../../http/fakes.ts";
import { attempt } from "../../jobs/fakes.ts";
import type { Storage } from "../../storage/storage.ts";
import { feedImportJob } from "./import_feed.ts";

const import_id = "0b7f3c1e-6a51-4b4e-8f39-0d8c5a1f7001";

/** An import of this CSV as SQL keeps it; `dying` throws instead of keeping the batch of that number. */
class FakeImport {
  rowsRead = 0;
  readonly products: string[] = [];
  readonly refused: number[] = [];
  ended: string | undefined;
  readonly #csv: string;

  constructor(rows: string[]) {
    this.#csv = ["product_id,title,category,colour,price,url", ...rows].join("\n");
  }

  /** One attempt of the job. */
  run({ dying = -1, aborted = false, input = "intact" } = {}) {
    let batch = 0;
    const database = fakeDatabase({
      begin_feed_import: () => ({
        import_id,
        done: this.ended !== undefined,
        path: "shop/feed.csv",
        format: "csv",
        rows_read: this.rowsRead,
        input,
        domains: ["shop.example.com"],
        currency: "USD",
        currencies: { USD: 2 },
      }),
      import_feed_rows: ({ first_row, rows, batch: sent }) => {
        if (batch++ === dying) throw new Error("the connection is gone");
        if (first_row !== this.rowsRead) throw new Problem(409, "lease_lost", "Not the next ones.");
        const { products, errors } = sent as {
          products: { product_id: string }[];
          errors: { line: number }[];
        };
        this.products.push(...products.map(({ product_id }) => product_id));
        this.refused.push(...errors.map(({ line }) => line));
        return { rows_read: this.rowsRead += rows as number };
      },
      finish_feed_import: ({ rows }) => {
        assert.equal(rows, this.rowsRead);
        this.ended = "completed";
        return {};
      },
      fail_feed_import: ({ code }) => {
        this.ended = code as string;
        return {};
      },
    });
    const storage = {
      from: () => ({
        download: () => Promise.resolve({ data: new Blob([this.#csv]), error: null }),
      }),
    } as unknown as Storage;
    const signal = aborted ? AbortSignal.abort() : new AbortController().signal;
    return attempt(
      feedImportJob(() => storage),
      { kind: "modera.feed-import", payload: { import_id } as Json },
      { service: database.as(serviceCaller), signal },
    );
  }
}

/** A row; those whose number ends in 7 have no price. */
function row(n: number): string {
  return `p${n},Dress,dresses,navy,${n % 10 === 7 ? "" : "9.90"},https://shop.example.com/${n}`;
}

const many = Array.from({ length: 3500 }, (_, n) => row(n));
const good = many.flatMap((_, n) => n % 10 === 7 ? [] : [`p${n}`]);

Deno.test("an import that is interrupted goes on where it was, and nothing is twice", async () => {
  const feed = new FakeImport(many);
  await assert.rejects(feed.run({ dying: 2 }), /connection is gone/);
  assert.equal(feed.rowsRead, 2000);
  await assert.rejects(feed.run({ dying: 0 }));
  await feed.run();
  assert.equal(feed.ended, "completed");
  assert.deepEqual(feed.products, good);
  assert.equal(feed.refused.length, 350);
  assert.equal(new Set(feed.refused).size, 350);
  assert.deepEqual(await feed.run(), { done: {} });
});

Deno.test("a worker whose time is over leaves the rest to the next", async () => {
  const feed = new FakeImport(many);
  assert.deepEqual(await feed.run({ aborted: true }), { retry: "The worker's time was over." });
  assert.equal(feed.ended, undefined);
  await feed.run();
  assert.deepEqual(feed.products, good);
});

Deno.test("of two workers at once, only one goes on", async () => {
  const feed = new FakeImport(many);
  const runs = await Promise.allSettled([feed.run(), feed.run()]);
  const lost = runs.flatMap((run) => run.status === "rejected" ? [run.reason.code] : []);
  assert.deepEqual(lost, ["lease_lost"]);
  assert.deepEqual(feed.products, good);
});

for (const input of ["missing", "changed"]) {
  Deno.test(`a file that is ${input} ends the import`, async () => {
    const feed = new FakeImport(many);
    await feed.run({ input });
    assert.deepEqual([feed.ended, feed.products], [`input_${input}`, []]);
  });
}
