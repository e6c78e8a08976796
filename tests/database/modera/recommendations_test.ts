import assert from "node:assert/strict";
import { Modera, type Person } from "./modera.ts";
import { completedAnalysis, makePartner, makeProducts, makeRecommendation } from "./shops.ts";

type Stored = {
  request_id: string;
  credits_used: number;
  replayed: boolean;
  recommendations: { recommendation_id: string; product_id: string; score: number }[];
  refusal?: { code: string };
};

/** Keeps products for somebody's analysis as the function does, after it has ranked them. */
function store(
  modera: Modera,
  person: Person,
  analysis: string,
  products: string[],
  { key = crypto.randomUUID() as string, request = {} } = {},
): Promise<Stored> {
  const ranked = {
    products: products.map((id, n) => ({ id, score: 0.9876 - n / 10, reason: "It fits." })),
  };
  const { sql } = modera;
  return modera.service(
    "store_recommendations",
    person.id,
    analysis,
    key,
    sql.json(request),
    sql.json(ranked),
  );
}

Deno.test("M-23: recommendations, scores of four digits and their price are one fact, once for each key", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(10);
  const analysis = await completedAnalysis(modera.sql, person.userId);
  const products = await makeProducts(modera.sql, await makePartner(modera.sql), [
    { product_id: "a" },
    { product_id: "b" },
  ]);
  const first = await store(modera, person, analysis, products, { key: "k" });
  assert.deepEqual([first.credits_used, first.replayed], [2, false]);
  assert.deepEqual(first.recommendations.map(({ product_id, score }) => [product_id, score]), [
    ["a", 0.9876],
    ["b", 0.8876],
  ]);
  const again = await store(modera, person, analysis, products.toReversed(), { key: "k" });
  assert.deepEqual(again, { ...first, replayed: true });
  await assert.rejects(
    store(modera, person, analysis, products, { key: "k", request: { limit: 1 } }),
    {
      message: "idempotency_conflict",
    },
  );
  assert.deepEqual(await modera.balance(person), { posted: 8, pending: 0, available: 8 });
  const [usage] = await modera.sql`select t.feature_used, t.session_id = a.session_id as of_session
    from modera.credit_transactions t, modera.style_analyses a
    where t.transaction_type = 'usage' and a.id = ${analysis}`;
  assert.deepEqual({ ...usage }, { feature_used: "recommendations", of_session: true });
});

Deno.test("the same key at once is charged once", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(10);
  const analysis = await completedAnalysis(modera.sql, person.userId);
  const products = await makeProducts(modera.sql, await makePartner(modera.sql), [{}, {}]);
  const all = await Promise.all(
    Array.from({ length: 8 }, () => store(modera, person, analysis, products, { key: "k" })),
  );
  assert.equal(new Set(all.map(({ request_id }) => request_id)).size, 1);
  assert.equal((await modera.balance(person)).posted, 8);
});

Deno.test("nothing to recommend is nothing to pay", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(10);
  const analysis = await completedAnalysis(modera.sql, person.userId);
  const partner = await makePartner(modera.sql);
  const [gone, there] = await makeProducts(modera.sql, partner, [{ available: false }, {}]);
  const none = { message: "no_matching_products" };
  await assert.rejects(store(modera, person, analysis, []), none);
  await assert.rejects(store(modera, person, analysis, [gone!]), none);
  await store(modera, person, analysis, [there!]);
  await assert.rejects(store(modera, person, analysis, [there!]), none);
  await modera.sql`update modera.partners set active = false`;
  const other = await completedAnalysis(modera.sql, person.userId);
  await assert.rejects(store(modera, person, other, [there!]), none);
  assert.equal((await modera.balance(person)).posted, 8);
});

Deno.test("without credits there is a refusal, and no recommendation", async () => {
  await using modera = await Modera.open();
  const person = await modera.person(1);
  const analysis = await completedAnalysis(modera.sql, person.userId);
  const products = await makeProducts(modera.sql, await makePartner(modera.sql), [{}]);
  const { refusal } = await store(modera, person, analysis, products);
  assert.equal(refusal?.code, "insufficient_credits");
  assert.equal((await modera.sql`select from modera.recommendations`).length, 0);
});

Deno.test("an analysis that is another's or has no result recommends nothing", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(10), await modera.person(10)];
  const analysis = await completedAnalysis(modera.sql, other.userId);
  const products = await makeProducts(modera.sql, await makePartner(modera.sql), [{}]);
  await assert.rejects(store(modera, person, analysis, products), { message: "not_found" });
  const basis = (who: Person) =>
    modera.as(
      "authenticated",
      who,
      (tx) => tx`select modera.recommendation_basis(${analysis}, 'k', '{}')`,
    );
  await assert.rejects(basis(person), { message: "not_found" });
  await basis(other);
  await modera.sql`update modera.profiles set is_active = false where auth_user_id = ${other.id}`;
  await assert.rejects(basis(other), { message: "forbidden" });
  await modera.sql`update modera.profiles set is_active = true`;
  await modera.sql`update modera.style_analyses set completed_at = null`;
  await assert.rejects(basis(other), { message: "analysis_not_completed" });
  await assert.rejects(store(modera, other, analysis, products), { message: "not_found" });
});

Deno.test("candidates are those that are wanted, the nearest colour first", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const analysis = await completedAnalysis(modera.sql, person.userId);
  const partner = await makePartner(modera.sql);
  await makeProducts(modera.sql, partner, [
    { product_id: "near", lab: [50, 10, 10], price: 900 },
    { product_id: "exact", lab: [50, 0, 0], price: 1000 },
    { product_id: "other palette colour", lab: [21, 0, 0] },
    { product_id: "far", lab: [90, 60, -60], category: "tops", sizes: ["L"] },
    { product_id: "sold out", lab: [50, 0, 0], available: false },
    { product_id: "in roubles", lab: [50, 0, 0], currency: "RUB" },
  ]);
  await makeRecommendation(modera.sql, {
    userId: person.userId,
    analysis,
    partner,
    product: "known",
  });
  await makeProducts(modera.sql, partner, [{ product_id: "known", lab: [50, 0, 0] }]);
  const candidates = async (wanted: Record<string, string | number>, max = 10) => {
    const { sql } = modera;
    const all = { colours: [[50, 0, 0], [20, 0, 0]], currency: "USD", ...wanted };
    const found = await modera.service<{ product_id: string }[]>(
      "recommendation_candidates",
      analysis,
      sql.json(all),
      max,
    );
    return found.map(({ product_id }) => product_id);
  };
  assert.deepEqual(await candidates({}), ["exact", "other palette colour", "near", "far"]);
  assert.deepEqual(await candidates({}, 1), ["exact"]);
  assert.deepEqual(await candidates({ category: "Tops" }), ["far"]);
  assert.deepEqual(await candidates({ size: "l" }), ["far"]);
  assert.deepEqual(await candidates({ max_price: 950 }), ["near"]);
  assert.deepEqual(await candidates({ currency: "RUB" }), ["in roubles"]);
  await modera.sql`update modera.partners set active = false`;
  assert.deepEqual(await candidates({}), []);
});

Deno.test("what is no number never reaches the statement", async () => {
  await using modera = await Modera.open();
  const wanted = modera.sql.json({ colours: [["0)) or true --", 0, 0]] });
  const asked = modera.service("recommendation_candidates", crypto.randomUUID(), wanted, 1);
  await assert.rejects(asked, { code: "22P02" });
});

Deno.test("the list goes page by page, the best of the newest first, and holds the owner's alone", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(10), await modera.person(10)];
  const partner = await makePartner(modera.sql);
  const names = ["a", "b", "c", "d", "e"];
  const products = await makeProducts(
    modera.sql,
    partner,
    names.map((product_id) => ({ product_id })),
  );
  const [old, fresh] = [
    await completedAnalysis(modera.sql, person.userId),
    await completedAnalysis(modera.sql, person.userId),
  ];
  await store(modera, person, old, products.slice(0, 2));
  await modera.kernel.database.advanceClock("1 minute");
  await store(modera, person, fresh, products);
  const page = (who: Person, analysis: string | null, cursor: string | null, size: number) =>
    modera.as("authenticated", who, async (tx) => {
      const [row] =
        await tx`select modera.list_recommendations(${analysis}, ${cursor}, ${size}) as page`;
      return row!["page"] as {
        recommendations: Stored["recommendations"];
        next_cursor: string | null;
      };
    });
  const read: string[] = [];
  let cursor: string | null = null;
  do {
    const { recommendations, next_cursor } = await page(person, null, cursor, 3);
    read.push(...recommendations.map(({ product_id }) => product_id));
    cursor = next_cursor;
  } while (cursor);
  assert.deepEqual(read, [...names, "a", "b"]);
  assert.equal((await page(person, old, null, 50)).recommendations.length, 2);
  assert.deepEqual(await page(other, null, null, 50), { recommendations: [], next_cursor: null });
});

Deno.test("M-23: recommendations are viewed and clicked once, saved by their owner, and seen by nobody else", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(), await modera.person()];
  const analysis = await completedAnalysis(modera.sql, person.userId);
  const partner = await makePartner(modera.sql);
  const id = await makeRecommendation(modera.sql, { userId: person.userId, analysis, partner });
  const view = (who: Person) =>
    modera.as("authenticated", who, async (tx) => {
      const [row] = await tx`select modera.view_recommendations(${[
        id,
        crypto.randomUUID(),
      ]}) as seen`;
      return row!["seen"].viewed;
    });
  assert.deepEqual([await view(other), await view(person), await view(person)], [0, 1, 0]);
  const save = (who: Person) =>
    modera.as("authenticated", who, (tx) => tx`select modera.save_recommendation(${id}, true)`);
  await assert.rejects(save(other), { message: "not_found" });
  await save(person);
  await modera.kernel.database.advanceClock("1 minute");
  const clicked = await modera.service("click_recommendation", id);
  assert.deepEqual(clicked, { url: "https://shop.example.com/p1", click_parameter: "ref" });
  await modera.kernel.database.advanceClock("1 minute");
  await modera.service("click_recommendation", id);
  const [row] = await modera.as(
    "authenticated",
    person,
    (tx) =>
      tx`select user_viewed, user_clicked, user_saved, user_purchased, partner_name = ${partner.name} as named,
      date_trunc('second', clicked_at - first_viewed_at) as waited from modera.product_recommendations`,
  );
  assert.deepEqual({ ...row }, {
    user_viewed: true,
    user_clicked: true,
    user_saved: true,
    user_purchased: false,
    named: true,
    waited: "00:01:00",
  });
  await modera.as(
    "authenticated",
    person,
    (tx) => tx`update modera.product_recommendations set user_saved = false where id = ${id}`,
  );
  const written = modera.as(
    "authenticated",
    person,
    (tx) => tx`update modera.recommendations set clicked_at = private.now() where id = ${id}`,
  );
  await assert.rejects(written, { code: "42501" });
});

Deno.test("M-23: a link leads to the partner's registered domains only, as they are now", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const analysis = await completedAnalysis(modera.sql, person.userId);
  const partner = await makePartner(modera.sql);
  const id = await makeRecommendation(modera.sql, { userId: person.userId, analysis, partner });
  const click = () => modera.service("click_recommendation", id);
  const closed = { message: "link_closed" };
  await modera.sql`update modera.partners set domains = '{other.example.com,example.com}'`;
  await assert.rejects(click(), closed);
  await modera.sql`update modera.partners set domains = '{shop.example.com}', active = false`;
  await assert.rejects(click(), closed);
  await modera.sql`update modera.partners set active = true`;
  for (
    const url of [
      "https://shop.example.com@evil.example.net/",
      "https://evil.example.net\\@shop.example.com/",
      "http://shop.example.com/",
      "https://shop.example.com:8443/",
      "javascript:alert(1)",
    ]
  ) {
    await assert.rejects(modera.sql`update modera.recommendations set product_url = ${url}`, {
      code: "23514",
    });
  }
  await click();
});

Deno.test("M-30: products are found by words of title and brand, in English and in Russian", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const partner = await makePartner(modera.sql);
  await makeProducts(modera.sql, partner, [
    { product_id: "ru", title: "Красные платья", brand: "Весна", sizes: ["XL"], price: 100 },
    { product_id: "en", title: "Summer dresses", brand: "Acme" },
    { product_id: "gone", title: "Summer dresses", available: false },
  ]);
  const find = (words: string, wanted = {}) =>
    modera.as("authenticated", person, async (tx) => {
      const [row] = await tx`select modera.search_products(${words}, ${tx.json(wanted)}) as found`;
      return row!["found"].products.map((product: { product_id: string }) => product.product_id);
    });
  assert.deepEqual(await find("платье"), ["ru"]);
  assert.deepEqual(await find("КРАСНОЕ весна"), ["ru"]);
  assert.deepEqual(await find("dress"), ["en"]);
  assert.deepEqual(await find("acme"), ["en"]);
  assert.deepEqual((await find("платье or dress")).toSorted(), ["en", "ru"]);
  assert.deepEqual(await find("title"), []);
  assert.deepEqual(await find("платье or dress", { size: "xl" }), ["ru"]);
  assert.deepEqual(await find("платье or dress", { max_price: 100 }), ["ru"]);
  assert.deepEqual(await find("\"'&|!():*"), []);
});

Deno.test("M-30: the words of many products are found by an index, page by page", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const partner = await makePartner(modera.sql);
  await makeProducts(
    modera.sql,
    partner,
    Array.from({ length: 45 }, (_, n) => ({ product_id: `p${n}` })),
  );
  const found = new Set<string>();
  let cursor: string | null = null;
  do {
    const page: { products: { product_id: string }[]; next_cursor: string | null } = await modera
      .as("authenticated", person, async (tx) => {
        const [row] = await tx`select modera.search_products('dress', '{}', ${cursor}, 20) as page`;
        return row!["page"];
      });
    for (const { product_id } of page.products) found.add(product_id);
    cursor = page.next_cursor;
  } while (cursor);
  assert.equal(found.size, 45);
  const plan = await modera.sql.begin(async (tx) => {
    await tx`set local enable_seqscan = off`;
    return await tx`explain select id from modera.partner_products where search @@ to_tsquery('russian', 'платье')`;
  });
  assert.match(plan.map((row) => row["QUERY PLAN"]).join("\n"), /partner_products_search/);
});
