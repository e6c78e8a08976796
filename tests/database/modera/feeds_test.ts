import assert from "node:assert/strict";
import { Modera, type Person } from "./modera.ts";
import { makePartner, type Partner } from "./shops.ts";

type Import = {
  import_id: string;
  status: string;
  rows_read: number;
  rows_imported: number;
  rows_refused: number;
  made_unavailable: number;
  failure: { code: string } | null;
};

/** A partner's import that its job has begun. */
class Feed implements AsyncDisposable {
  private constructor(
    readonly modera: Modera,
    readonly admin: Person,
    readonly partner: Partner,
    readonly id: string,
  ) {}

  static async open(): Promise<Feed> {
    const modera = await Modera.open();
    const admin = await modera.person();
    await modera.sql`select private.appoint_admin(${admin.id}, 'modera', 'test')`;
    const partner = await makePartner(modera.sql);
    const { import_id } = await Feed.start(modera, admin, partner);
    await modera.service("begin_feed_import", import_id);
    return new Feed(modera, admin, partner, import_id);
  }

  static async start(modera: Modera, admin: Person, { code }: Partner): Promise<Import> {
    const path = `${code}/${crypto.randomUUID()}.csv`;
    await modera.sql`insert into storage.objects (bucket_id, name, metadata)
      values ('modera-feeds', ${path}, '{"size": 10, "eTag": "1"}')`;
    return await modera.as("authenticated", admin, async (tx) => {
      const [row] =
        await tx`select modera.start_feed_import(${code}, ${path}, 'full', ${crypto.randomUUID()}) as begun`;
      return row!["begun"];
    });
  }

  another(): Promise<Import> {
    return Feed.start(this.modera, this.admin, this.partner);
  }

  /** Takes rows from `first` on: products by id, and how many bad ones. */
  take(first: number, ids: string[], bad = 0): Promise<unknown> {
    const line = (n: number) => first + n + 2;
    const products = ids.map((product_id, n) => ({
      line: line(n),
      product_id,
      title: "Dress",
      brand: null,
      category: "dresses",
      subcategory: null,
      sizes: [],
      colour: "navy",
      lab_l: 13,
      lab_a: 5,
      lab_b: -20,
      price: 100,
      currency: "USD",
      url: "https://shop.example.com/p",
      image_url: null,
      available: true,
    }));
    const errors = Array.from({ length: bad }, (_, n) => ({
      line: line(ids.length + n),
      field: "price",
      code: "missing",
      message: "This column is needed.",
    }));
    const batch = this.modera.sql.json({ products, errors });
    return this.modera.service("import_feed_rows", this.id, first, ids.length + bad, batch);
  }

  async read(): Promise<Import> {
    return await this.modera.as("authenticated", this.admin, async (tx) => {
      const [row] = await tx`select modera.read_feed_import(${this.id}) as feed`;
      return row!["feed"];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.modera[Symbol.asyncDispose]();
  }
}

const lost = { message: "lease_lost" };

Deno.test("rows are taken once and in their order, whoever sends them", async () => {
  await using feed = await Feed.open();
  await feed.take(0, ["a", "b"], 1);
  await assert.rejects(feed.take(0, ["a", "b"], 1), lost);
  await assert.rejects(feed.take(4, ["z"]), lost);
  const both = await Promise.allSettled([feed.take(3, ["c"]), feed.take(3, ["c"])]);
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  const { rows_read, rows_imported, rows_refused } = await feed.read();
  assert.deepEqual([rows_read, rows_imported, rows_refused], [4, 3, 1]);
  const [{ n } = { n: 0 }] = await feed.modera
    .sql`select count(*)::int as n from modera.feed_import_errors`;
  assert.equal(n, 1);
});

Deno.test("an import ends once, at the end of its rows, and takes none after that", async () => {
  await using feed = await Feed.open();
  const finish = (rows: number) => feed.modera.service<Import>("finish_feed_import", feed.id, rows);
  await feed.take(0, ["a"]);
  await assert.rejects(finish(2), lost);
  assert.equal((await finish(1)).status, "completed");
  await assert.rejects(finish(1), lost);
  await assert.rejects(feed.take(1, ["b"]), lost);
  await feed.modera.service("fail_feed_import", feed.id, "too_late", "It has ended.");
  assert.equal((await feed.read()).status, "completed");
});

Deno.test("a partner has one import at a time, until it has ended or its job is dead", async () => {
  await using feed = await Feed.open();
  const { sql } = feed.modera;
  await assert.rejects(feed.another(), { message: "import_running" });
  await sql`update jobs.queue set state = 'running', worker = 'w' where kind = 'modera.feed-import'`;
  await sql`select jobs.bury(id, 'gone') from jobs.queue where kind = 'modera.feed-import'`;
  const next = await feed.another();
  assert.equal(next.status, "queued");
  const { status, failure } = await feed.read();
  assert.deepEqual([status, failure?.code], ["failed", "import_interrupted"]);
});

Deno.test("the clock gives up imports whose job is dead", async () => {
  await using feed = await Feed.open();
  const { sql } = feed.modera;
  await sql`update jobs.queue set state = 'running', worker = 'w' where kind = 'modera.feed-import'`;
  await sql`select private.run_job('modera-dead-imports')`;
  assert.equal((await feed.read()).status, "running");
  await sql`select jobs.bury(id, 'gone') from jobs.queue where kind = 'modera.feed-import'`;
  await sql`select private.run_job('modera-dead-imports')`;
  assert.equal((await feed.read()).status, "failed");
});

Deno.test("a partner's feed never touches another's products", async () => {
  await using feed = await Feed.open();
  const { modera, admin } = feed;
  await feed.take(0, ["a", "b"]);
  await modera.service("finish_feed_import", feed.id, 2);
  const other = await makePartner(modera.sql);
  const { import_id } = await Feed.start(modera, admin, other);
  await modera.service("begin_feed_import", import_id);
  await modera.service(
    "import_feed_rows",
    import_id,
    0,
    1,
    modera.sql.json({ products: [], errors: [] }),
  );
  const ended = await modera.service<Import>("finish_feed_import", import_id, 1);
  assert.deepEqual([ended.status, ended.failure?.code], ["failed", "no_valid_rows"]);
  const [row] = await modera
    .sql`select count(*)::int as n from modera.partner_products where available`;
  assert.equal(row!["n"], 2);
});
