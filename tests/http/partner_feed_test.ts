import assert from "node:assert/strict";
import { callJson, newUser, platformDatabase, service } from "../harness/platform.ts";
import { freshKey, newAdmin, type ProblemBody } from "./people.ts";
import { type Columns, columnsOf, csv, type FeedImport, Shop } from "./shop.ts";

/** What a partner has, by product id. */
async function productsOf(shop: Shop): Promise<Record<string, Record<string, unknown>>> {
  const sql = platformDatabase();
  try {
    const rows = await sql`select p.* from modera.partner_products p
      join modera.partners s on s.id = p.partner_id where s.code = ${shop.code}`;
    return Object.fromEntries(rows.map((row) => [row["product_id"], row]));
  } finally {
    await sql.end();
  }
}

function counts({ status, rows_read, rows_imported, rows_refused, made_unavailable }: FeedImport) {
  return [status, rows_read, rows_imported, rows_refused, made_unavailable];
}

Deno.test("10,000 rows with a bad one: 9,999 are imported, the bad one is told", async () => {
  const shop = await Shop.open();
  const colours = ["navy", "ivory", "#7a1f2b", "olive", "тёмно-синий"];
  const feed = csv(Array.from({ length: 10_000 }, (_, n) =>
    columnsOf(`p${n}`, {
      colour: colours[n % colours.length] ?? "navy",
      price: n === 4321 ? "-5" : "29.90",
    })));
  const done = await shop.import(feed);
  assert.deepEqual(counts(done), ["completed", 10_000, 9999, 1, 0], JSON.stringify(done.failure));
  assert.deepEqual(await shop.errors(done.import_id), ["4323 price invalid_value"]);
  assert.deepEqual(counts(await shop.import(feed)), ["completed", 10_000, 9999, 1, 0]);
  assert.equal(Object.keys(await productsOf(shop)).length, 9999);
});

Deno.test("a full feed closes what it does not have, a partial one does not", async () => {
  const shop = await Shop.open();
  await shop.import(csv([columnsOf("a"), columnsOf("b"), columnsOf("c")]));
  const partial = await shop.import(csv([columnsOf("a", { price: "5" })]), { mode: "partial" });
  assert.deepEqual(counts(partial), ["completed", 1, 1, 0, 0]);
  const full = await shop.import(
    csv([columnsOf("b"), columnsOf("d"), columnsOf("c", { price: "x" })]),
  );
  assert.deepEqual(counts(full), ["completed", 3, 2, 1, 2]);
  const products = await productsOf(shop);
  const shown = Object.entries(products).map(([id, { available }]) => [id, available]);
  assert.deepEqual(Object.fromEntries(shown), { a: false, b: true, c: false, d: true });
  assert.equal(products["a"]?.["price"], "500");
});

Deno.test("a feed of which nothing can be used fails, and closes nothing", async () => {
  const shop = await Shop.open();
  await shop.import(csv([columnsOf("a")]));
  const feeds: [feed: string | Uint8Array<ArrayBuffer>, name: string, code: string][] = [
    [csv([columnsOf("a", { price: "free" })]), "feed.csv", "no_valid_rows"],
    ["product_id;title\na;b", "feed.csv", "missing_columns"],
    ["", "feed.csv", "empty_feed"],
    [new Uint8Array([0xff, 0xfe, 0x61, 0x00]), "feed.csv", "unsupported_encoding"],
    ['[{"product_id": "a"', "feed.json", "malformed_feed"],
  ];
  for (const [feed, name, code] of feeds) {
    const done = await shop.import(feed, { name });
    assert.deepEqual([done.status, done.failure?.code], ["failed", code]);
  }
  assert.equal((await productsOf(shop))["a"]?.["available"], true);
});

Deno.test("JSON is imported as an array and by lines, with the same rules", async () => {
  const shop = await Shop.open();
  const rows: Columns[] = [
    columnsOf("a", { price: 19.9, sizes: ["s", "XL"], available: false }),
    columnsOf("b", { url: "https://elsewhere.example.net/b" }),
  ];
  const lines = rows.map((row) => JSON.stringify(row)).join("\n");
  for (const [feed, name] of [[JSON.stringify(rows), "f.json"], [lines, "f.jsonl"]] as const) {
    const done = await shop.import(feed, { name });
    assert.deepEqual(counts(done), ["completed", 2, 1, 1, 0]);
    const line = name === "f.json" ? 1 : 2;
    assert.deepEqual(await shop.errors(done.import_id), [`${line} url invalid_address`]);
  }
  const { a } = await productsOf(shop);
  assert.deepEqual([a?.["price"], a?.["sizes"], a?.["available"]], ["1990", ["S", "XL"], false]);
});

Deno.test("a product that a feed has twice is imported as it came first, and told", async () => {
  const shop = await Shop.open();
  const many = Array.from({ length: 1500 }, (_, n) => columnsOf(`p${n}`));
  many.push(columnsOf("p1", { price: "1" }), columnsOf("q"), columnsOf("q", { price: "2" }));
  const done = await shop.import(csv(many));
  assert.deepEqual(counts(done), ["completed", 1503, 1501, 2, 0]);
  assert.deepEqual(await shop.errors(done.import_id), [
    "1502 product_id duplicate",
    "1504 product_id duplicate",
  ]);
  const products = await productsOf(shop);
  assert.deepEqual([products["p1"]?.["price"], products["q"]?.["price"]], ["2990", "2990"]);
});

Deno.test("errors are read page by page", async () => {
  const shop = await Shop.open();
  const bad = Array.from({ length: 5 }, (_, n) => columnsOf(`p${n}`, { price: "x" }));
  const { import_id } = await shop.import(csv([columnsOf("good"), ...bad]));
  const lines: number[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor ? `&cursor=${cursor}` : "";
    const { body } = await callJson<{ errors: { line: number }[]; next_cursor: string | null }>(
      `partner-feed/${import_id}/errors?page_size=2${query}`,
      { caller: shop.admin },
    );
    lines.push(...body.errors.map(({ line }) => line));
    cursor = body.next_cursor;
  } while (cursor);
  assert.deepEqual(lines, [3, 4, 5, 6, 7]);
});

Deno.test("the same key is one import; another request under it is refused", async () => {
  const shop = await Shop.open();
  const [path, other] = [await shop.upload(csv([columnsOf("a")])), await shop.upload("x")];
  const key = freshKey();
  const [first, second] = await Promise.all([shop.start(path, { key }), shop.start(path, { key })]);
  assert.equal(first.body.import_id, second.body.import_id);
  const conflict = await shop.start<ProblemBody>(other, { key });
  assert.deepEqual([conflict.status, conflict.body.code], [409, "idempotency_conflict"]);
});

Deno.test("what is no feed of the partner is refused by name", async () => {
  const [shop, other] = [await Shop.open(), await Shop.open()];
  const cases = [
    [await other.upload("x"), 404, "input_not_found"],
    [`${shop.code}/none.csv`, 404, "input_not_found"],
    [`${shop.code}/../${other.code}/a.csv`, 404, "input_not_found"],
    [`${shop.code}/feed.xlsx`, 415, "unsupported_media_type"],
  ] as const;
  for (const [path, status, code] of cases) {
    const refused = await shop.start<ProblemBody>(path);
    assert.deepEqual([refused.status, refused.body.code], [status, code]);
  }
});

Deno.test("feeds and partners are for MODERA's admins", async () => {
  const shop = await Shop.open();
  const path = await shop.upload(csv([columnsOf("a")]));
  const { import_id } = await shop.import(csv([columnsOf("a")]));
  for (const caller of [await newUser(), await newAdmin("elsewhere")]) {
    const calls = [
      await shop.start<ProblemBody>(path, { caller }),
      await callJson<ProblemBody>(`partner-feed/${import_id}`, { caller }),
      await callJson<ProblemBody>(`partner-feed/${import_id}/errors`, { caller }),
      await callJson<ProblemBody>("partners", { caller }),
      await callJson<ProblemBody>(`partners/${shop.code}/secret`, { caller, body: {} }),
    ];
    for (const { status, body } of calls) {
      assert.deepEqual([status, body.code], [403, "admin_required"]);
    }
    const storage = caller.client.storage.from("modera-feeds");
    assert.notEqual((await storage.upload(`${shop.code}/x.csv`, new Blob(["x"]))).error, null);
    assert.notEqual((await storage.download(path)).error, null);
    for (const table of ["partner_products", "feed_imports", "feed_import_errors"]) {
      const { data } = await caller.client.schema("modera").from(table).select("*");
      assert.ok(!data?.length, table);
    }
  }
  const mine = await shop.admin.client.storage.from("modera-feeds").download(path);
  assert.equal(mine.error, null);
  const { error } = await service().schema("modera").from("partners").select("code").limit(1);
  assert.equal(error, null);
});
