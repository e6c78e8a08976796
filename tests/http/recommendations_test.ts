import assert from "node:assert/strict";
import {
  completedAnalysis,
  makePartner,
  makeProducts,
  type Partner,
  type ProductChange,
} from "../database/modera/shops.ts";
import {
  callFunction,
  callJson,
  newUser,
  platformDatabase,
  type User,
} from "../harness/platform.ts";
import { balanceOf, freshKey, type ProblemBody, userWithCredits } from "./people.ts";

type Shown = {
  recommendation_id: string;
  product_id: string;
  title: string;
  score: number;
  reason: string;
  link: string;
  viewed: boolean;
  clicked: boolean;
  saved: boolean;
};

type Recommended = { request_id: string; credits_used: number; recommendations: Shown[] };

const navy = { name: "navy", hex: "#14213d" };
const advice = { colours: { wear: [navy, { name: "white", hex: "#ffffff" }], avoid: [] } };

/** Somebody with a finished analysis, and products in a category that no other test asks for. */
class Showroom {
  private constructor(
    readonly user: User,
    readonly analysis: string,
    readonly category: string,
    readonly partner: Partner,
  ) {}

  static async open(products: ProductChange[], credits = 10): Promise<Showroom> {
    const user = await userWithCredits(credits);
    const category = `category ${crypto.randomUUID()}`;
    const sql = platformDatabase();
    try {
      const [profile] = await sql`select id from modera.profiles where auth_user_id = ${user.id}`;
      const analysis = await completedAnalysis(sql, profile!["id"], { advice });
      const partner = await makePartner(sql);
      await makeProducts(sql, partner, products.map((product) => ({ ...product, category })));
      return new Showroom(user, analysis, category, partner);
    } finally {
      await sql.end();
    }
  }

  ask<T = Recommended>(
    change: Record<string, unknown> = {},
    { key = freshKey(), caller = this.user } = {},
  ): Promise<{ status: number; headers: Headers; body: T }> {
    const body = {
      product: "modera",
      analysis_id: this.analysis,
      category: this.category,
      ...change,
    };
    return callJson<T>("recommendations", { caller, key, body });
  }
}

Deno.test("recommendations are the nearest in colour, with a score, a reason and a link, for two credits", async () => {
  const room = await Showroom.open([
    { product_id: "orange", lab: [66, 52, 74] },
    { product_id: "navy", lab: [13, 5, -20] },
    { product_id: "blue", lab: [32, 20, -50] },
  ]);
  const { status, body } = await room.ask({ limit: 2 });
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(body.credits_used, 2);
  assert.deepEqual(body.recommendations.map(({ product_id }) => product_id), ["navy", "blue"]);
  const [best, second] = body.recommendations;
  assert.ok(best && second && best.score > second.score && best.score <= 1 && second.score >= 0);
  assert.match(best.reason, /navy of your palette/);
  assert.match(best.link, /\/recommendation-click\?recommendation=/);
  assert.equal((await balanceOf(room.user)).posted, 8);

  const listed = await callJson<{ recommendations: Shown[] }>("recommendations", {
    caller: room.user,
  });
  assert.deepEqual(listed.body.recommendations, body.recommendations);
  const rest = await room.ask();
  assert.deepEqual(rest.body.recommendations.map(({ product_id }) => product_id), ["orange"]);
});

Deno.test("the same key is charged once; another request under it is refused", async () => {
  const room = await Showroom.open([{}, {}, {}]);
  const key = freshKey();
  const [first, second] = await Promise.all([room.ask({}, { key }), room.ask({}, { key })]);
  assert.deepEqual([first.status, second.status], [201, 201]);
  assert.deepEqual(first.body, second.body);
  assert.equal((await balanceOf(room.user)).posted, 8);
  const conflict = await room.ask<ProblemBody>({ limit: 1 }, { key });
  assert.deepEqual([conflict.status, conflict.body.code], [409, "idempotency_conflict"]);
});

Deno.test("wishes are kept to: size, price and currency", async () => {
  const room = await Showroom.open([
    { product_id: "large", sizes: ["L"] },
    { product_id: "dear", price: 9000 },
    { product_id: "roubles", currency: "RUB", price: 100 },
    { product_id: "right" },
  ]);
  const wishes = { size: "m", max_price: 6000, currency: "USD" };
  const { body } = await room.ask(wishes);
  assert.deepEqual(body.recommendations.map(({ product_id }) => product_id), ["right"]);
  assert.match(body.recommendations[0]?.reason ?? "", /your size M and it costs 16% less/);
});

Deno.test("nothing to recommend is told, and costs nothing", async () => {
  const room = await Showroom.open([]);
  const none = await room.ask<ProblemBody>();
  assert.deepEqual([none.status, none.body.code], [404, "no_matching_products"]);
  assert.equal((await balanceOf(room.user)).posted, 10);
});

Deno.test("without credits nothing is recommended", async () => {
  const room = await Showroom.open([{}], 1);
  const refused = await room.ask<ProblemBody>();
  assert.deepEqual([refused.status, refused.body.code], [402, "insufficient_credits"]);
  const { body } = await callJson<{ recommendations: Shown[] }>("recommendations", {
    caller: room.user,
  });
  assert.deepEqual(body.recommendations, []);
});

Deno.test("requests that make no sense, or are another's, are refused by name", async () => {
  const room = await Showroom.open([{}]);
  const stranger = await userWithCredits(10);
  const refusals: [change: Record<string, unknown>, caller: User, status: number, code: string][] =
    [
      [{}, stranger, 404, "not_found"],
      [{ analysis_id: crypto.randomUUID() }, room.user, 404, "not_found"],
      [{ product: "unknown" }, room.user, 404, "unknown_product"],
      [{ max_price: 100 }, room.user, 422, "invalid_request"],
      [{ max_price: -1, currency: "USD" }, room.user, 422, "invalid_request"],
      [{ limit: 51 }, room.user, 422, "invalid_request"],
      [{ colour: "red" }, room.user, 422, "invalid_request"],
    ];
  for (const [change, caller, status, code] of refusals) {
    const refused = await room.ask<ProblemBody>(change, { caller });
    assert.deepEqual([refused.status, refused.body.code], [status, code], JSON.stringify(change));
  }
  assert.equal((await balanceOf(stranger)).posted, 10);
});

Deno.test("what is seen and saved is told by its owner alone", async () => {
  const room = await Showroom.open([{}]);
  const [one] = (await room.ask()).body.recommendations;
  assert.ok(one);
  const stranger = await newUser();
  const see = (caller: User) =>
    callJson<{ viewed: number }>("recommendations/viewed", {
      caller,
      body: { recommendation_ids: [one.recommendation_id] },
    });
  assert.equal((await see(stranger)).body.viewed, 0);
  assert.equal((await see(room.user)).body.viewed, 1);
  assert.equal((await see(room.user)).body.viewed, 0);
  const save = (caller: User) =>
    callJson<Shown & ProblemBody>(`recommendations/${one.recommendation_id}`, {
      method: "PATCH",
      caller,
      body: { saved: true },
    });
  assert.equal((await save(stranger)).status, 404);
  const { body } = await save(room.user);
  assert.deepEqual([body.viewed, body.saved, body.clicked], [true, true, false]);
});

Deno.test("M-23: a link is followed to the shop, by anyone, and the click is recorded", async () => {
  const room = await Showroom.open([{ product_id: "p1" }]);
  const [one] = (await room.ask()).body.recommendations;
  assert.ok(one);
  const answer = await callFunction(one.link.replace(/^.*\/functions\/v1\//, ""));
  await answer.body?.cancel();
  assert.equal(answer.status, 302);
  assert.equal(
    answer.headers.get("location"),
    `https://shop.example.com/p1?ref=${one.recommendation_id}`,
  );
  assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
  const { body } = await callJson<{ recommendations: Shown[] }>("recommendations", {
    caller: room.user,
  });
  assert.deepEqual([body.recommendations[0]?.viewed, body.recommendations[0]?.clicked], [
    true,
    true,
  ]);
});

Deno.test("M-23: a forged link leads nowhere and records nothing", async () => {
  const room = await Showroom.open([{}, {}]);
  const [one, other] = (await room.ask()).body.recommendations;
  assert.ok(one && other);
  const token = new URL(one.link).searchParams.get("token") ?? "";
  const id = one.recommendation_id;
  const forged: [query: string, status: number][] = [
    [`recommendation=${other.recommendation_id}&token=${token}`, 404],
    [`recommendation=${id}&token=${"0".repeat(64)}`, 404],
    [`recommendation=${id}&token=`, 404],
    [`recommendation=${id}`, 422],
    [`recommendation=${id}&token=${token}&url=https://evil.example.net`, 422],
    [`recommendation=${id}&token=${token}&token=${token}`, 422],
    [`recommendation=https://evil.example.net&token=${token}`, 422],
  ];
  for (const [query, status] of forged) {
    const answer = await callJson<ProblemBody>(`recommendation-click?${query}`);
    assert.deepEqual([answer.status, answer.headers.get("location")], [status, null], query);
  }
  const { body } = await callJson<{ recommendations: Shown[] }>("recommendations", {
    caller: room.user,
  });
  assert.deepEqual(body.recommendations.map(({ clicked }) => clicked), [false, false]);
});

Deno.test("M-23: a link of a shop that is no partner any more is closed", async () => {
  const room = await Showroom.open([{}]);
  const [one] = (await room.ask()).body.recommendations;
  const sql = platformDatabase();
  await sql`update modera.partners set active = false where id = ${room.partner.id}`;
  await sql.end();
  const answer = await callJson<ProblemBody>(
    `recommendation-click${new URL(one?.link ?? "").search}`,
  );
  assert.deepEqual([answer.status, answer.body.code], [410, "link_closed"]);
});

Deno.test("M-30: products are found by words in either language", async () => {
  const word = `слово${crypto.randomUUID().replace(/[^a-f]/g, "")}`;
  const room = await Showroom.open([
    { product_id: "a", title: `Красные платья ${word}` },
    { product_id: "b", title: `Dresses ${word}` },
  ]);
  const find = (q: string, rest = "") =>
    callJson<{ products: { product_id: string }[]; next_cursor: string | null }>(
      `product-search?q=${encodeURIComponent(q)}${rest}`,
      { caller: room.user },
    );
  assert.deepEqual((await find(`платье ${word}`)).body.products.map((p) => p.product_id), ["a"]);
  assert.deepEqual((await find(`dress ${word}`)).body.products.map((p) => p.product_id), ["b"]);
  const first = (await find(word, "&page_size=1")).body;
  const second = (await find(word, `&page_size=1&cursor=${first.next_cursor}`)).body;
  const ids = [...first.products, ...second.products].map(({ product_id }) => product_id);
  assert.deepEqual([ids.toSorted(), second.next_cursor], [["a", "b"], null]);
});
