import assert from "node:assert/strict";
import { callJson, newUser, platformDatabase, type User } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";
import { uploadedPicture } from "./gallery.ts";
import { freshKey, newAdmin, type ProblemBody } from "./people.ts";
import { ask, open, openOf, subscribe } from "./plans.ts";

interface Person {
  user_id: string;
  email: string;
  is_active: boolean;
  plan: string;
  credits: number;
  facts: Record<string, unknown>;
  invoices: { amount: number; currency: string; state: string }[];
}

interface Entry {
  log_id: number;
  action: string;
  actor: string;
  detail: Record<string, unknown>;
}

const get = <T = Person & ProblemBody>(caller: User | "nobody", path: string) =>
  callJson<T & ProblemBody>(path, { caller });

const close = (caller: User, user: User, is_active = false, product = "dtf") =>
  callJson<Person & ProblemBody>(`admin-users/${user.id}`, {
    caller,
    method: "PATCH",
    body: { product, is_active, reason: "A stolen card." },
  });

async function emailOf(user: User): Promise<string> {
  const { data } = await user.client.auth.getUser();
  return data.user?.email ?? "";
}

Deno.test("an admin finds a person and sees all of them in one answer", async () => {
  const [admin, user] = [await newAdmin("dtf"), await newUser()];
  await subscribe(user, "basic");
  await uploadedPicture(user);
  const search = encodeURIComponent(await emailOf(user));
  const { status, body } = await get<{ people: Person[]; next_cursor: string | null }>(
    admin,
    `admin-users?product=dtf&search=${search}`,
  );
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(body.people.map(({ user_id, plan }) => [user_id, plan]), [[user.id, "basic"]]);
  const whole = await get(admin, `admin-users/${user.id}?product=dtf`);
  assert.equal(whole.status, 200, JSON.stringify(whole.body));
  assert.deepEqual([whole.body.credits, whole.body.facts["total_images"]], [22, 1]);
  assert.deepEqual(
    whole.body.invoices.map(({ amount, currency, state }) => [amount, currency, state]),
    [
      [999, "USD", "paid"],
    ],
  );
});

Deno.test("people are listed page by page", async () => {
  const admin = await newAdmin("dtf");
  for (let n = 0; n < 3; n++) {
    const { error } = await (await newUser()).client.schema("dtf").rpc("ensure_profile");
    assert.equal(error, null);
  }
  const seen: string[] = [];
  let cursor = "";
  for (let page = 0; page < 2; page++) {
    const { body } = await get<{ people: Person[]; next_cursor: string }>(
      admin,
      `admin-users?product=dtf&page_size=1${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    seen.push(...body.people.map(({ user_id }) => user_id));
    cursor = body.next_cursor;
  }
  assert.equal(new Set(seen).size, 2);
});

Deno.test("a closed account begins and buys nothing, and its subscription ends with its period", async () => {
  const [admin, user] = [await newAdmin("dtf"), await newUser()];
  await subscribe(user, "basic");
  const { image_id } = await uploadedPicture(user);
  for (let time = 0; time < 2; time++) {
    const { status, body } = await close(admin, user);
    assert.deepEqual([status, body.is_active], [200, false], JSON.stringify(body));
  }
  await eventually(() => openOf(user), (now) => now?.cancel_at_period_end === true);
  const begin = () =>
    callJson<ProblemBody>("upscale", { caller: user, key: freshKey(), body: { image_id } });
  const checkout = () =>
    callJson<ProblemBody>("checkout", {
      caller: user,
      key: freshKey(),
      body: { product: "dtf", offer: "pack-10" },
    });
  for (const refused of [await begin(), await checkout()]) {
    assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"]);
  }
  const images = await get<{ images: unknown[] }>(user, "images");
  assert.deepEqual([images.status, images.body.images.length], [200, 1]);
  assert.equal((await close(admin, user, true)).status, 200);
  assert.equal((await begin()).status, 202);
  const log = await get<{ entries: Entry[] }>(
    admin,
    `admin-logs?product=dtf&action=account&subject=user:${user.id}`,
  );
  assert.deepEqual(
    log.body.entries.map(({ action, actor, detail }) => [action, actor, detail["reason"]]),
    [
      ["account.opened", admin.id, "A stolen card."],
      ["account.closed", admin.id, "A stolen card."],
    ],
  );
});

Deno.test("the admins' functions are for admins of the product alone", async () => {
  const [user, other] = [await newUser(), await newAdmin("acme")];
  const reads = [
    "admin-users?product=dtf",
    `admin-users/${user.id}?product=dtf`,
    "admin-logs?product=dtf",
    "admin-revenue?product=dtf&from=2026-01&to=2026-12",
    "catalogue/plans?product=dtf",
    "operation-costs",
    "operation-metrics?from=2026-01-05&to=2026-01-06",
  ];
  for (const caller of [user, other]) {
    for (const path of reads) {
      const { status, body } = await get(caller, path);
      assert.deepEqual([status, body.code], [403, "admin_required"], path);
    }
    const writes = [
      close(caller, user),
      callJson<ProblemBody>("catalogue/plans/free", {
        caller,
        method: "PATCH",
        body: { product: "dtf", expected_version: 1 },
      }),
      callJson<ProblemBody>("operation-costs", {
        caller,
        method: "PUT",
        body: {
          provider: "x1",
          operation: "upscale",
          cost_micros: 1,
          effective_date: "2099-01-01",
        },
      }),
      callJson<ProblemBody>(`operation-costs/${crypto.randomUUID()}`, { caller, method: "DELETE" }),
    ];
    for (const { status, body } of await Promise.all(writes)) {
      assert.deepEqual([status, body.code], [403, "admin_required"]);
    }
  }
});

Deno.test("what admins cannot ask is refused by name", async () => {
  const admin = await newAdmin();
  const stranger = crypto.randomUUID();
  for (
    const [path, status, code] of [
      ["admin-users?product=acme", 404, "unknown_product"],
      ["admin-users?product=dtf&cursor=x", 422, "invalid_request"],
      ["admin-users?product=dtf&search=x", 422, "invalid_request"],
      [`admin-users/${stranger}?product=dtf`, 404, "holder_not_found"],
      ["admin-users/x?product=dtf", 422, "invalid_request"],
      ["admin-logs?product=dtf&action=Price", 422, "invalid_request"],
      ["admin-logs?product=acme", 404, "unknown_product"],
      ["admin-revenue?product=dtf&from=2026-13&to=2026-12", 422, "invalid_request"],
      ["admin-revenue?product=dtf&from=2026-12&to=2026-01", 422, "invalid_request"],
      ["operation-metrics?from=2026-01-05&to=2024-01-06", 422, "invalid_request"],
      ["operation-metrics?from=2026-01-05&to=2026-01-06&time_zone=Moon", 422, "invalid_request"],
    ] as const
  ) {
    const answer = await get(admin, path);
    assert.deepEqual([answer.status, answer.body.code], [status, code], path);
  }
  const stale = await callJson<ProblemBody>("catalogue/plans/basic", {
    caller: admin,
    method: "PATCH",
    body: { product: "dtf", expected_version: 999, rolls_over_days: 1 },
  });
  assert.deepEqual([stale.status, stale.body.code], [409, "version_conflict"]);
});

Deno.test("an admin reads plans, costs, metrics and revenue, and writes what a provider takes", async () => {
  const [admin, user] = [await newAdmin("dtf"), await newUser()];
  await subscribe(user, "basic");
  const plans = await get<{ plans: { plan: string; subscribers: number; prices: unknown[] }[] }>(
    admin,
    "catalogue/plans?product=dtf",
  );
  const basic = plans.body.plans.find(({ plan }) => plan === "basic");
  assert.ok(basic && basic.subscribers >= 1 && basic.prices.length >= 1);

  const body = {
    provider: `p${crypto.randomUUID().slice(0, 8)}`,
    operation: "upscale",
    cost_micros: 2500,
    effective_date: "2099-01-01",
  };
  const put = () =>
    callJson<{ cost_id: string }>("operation-costs", { caller: admin, method: "PUT", body });
  const [one, two] = [await put(), await put()];
  assert.deepEqual([one.status, one.body.cost_id], [200, two.body.cost_id]);
  const costs = await get<{ margins: { operation: string; credits: number }[] }>(
    admin,
    "operation-costs",
  );
  assert.ok(costs.body.margins.some(({ operation }) => operation === "halftone"));
  const gone = await callJson(`operation-costs/${one.body.cost_id}`, {
    caller: admin,
    method: "DELETE",
  });
  assert.equal(gone.status, 200);

  const sql = platformDatabase();
  const [now] = await sql`
    select to_char(private.now() at time zone 'UTC', 'YYYY-MM') as month, private.now()::date::text as day`;
  await sql.end();
  const { month, day } = now as unknown as { month: string; day: string };
  const revenue = await get<{ months: { month: string; currency: string; gross: number }[] }>(
    admin,
    `admin-revenue?product=dtf&from=${month}&to=${month}`,
  );
  assert.ok(revenue.body.months.some(({ currency, gross }) => currency === "USD" && gross >= 999));
  const metrics = await get<{ queue: { pending: number } }>(
    admin,
    `operation-metrics?from=${day}&to=${day}`,
  );
  assert.equal(metrics.status, 200, JSON.stringify(metrics.body));
});

Deno.test("nothing is sold to whoever asked for erasure, until they stay", async () => {
  const user = await newUser();
  const erasure = (method: "POST" | "DELETE") =>
    callJson("account-erasure", {
      caller: user,
      method,
      ...(method === "POST" ? { body: { confirm: "erase my account" } } : {}),
    });
  const checkout = (key = freshKey()) =>
    callJson<ProblemBody>("checkout", {
      caller: user,
      key,
      body: { product: "dtf", offer: "pack-10" },
    });
  const topUp = () =>
    callJson<ProblemBody>("auto-top-up", {
      caller: user,
      method: "PUT",
      body: { product: "dtf", enabled: true, threshold: 5, offer: "pack-10", cap: 5000 },
    });
  const subscribed = freshKey();
  const opened = await open(user, "basic", subscribed);
  assert.equal(opened.status, 201);
  assert.equal((await erasure("POST")).status, 202);
  for (const refused of [await checkout(), await topUp(), await open<ProblemBody>(user, "basic")]) {
    assert.deepEqual([refused.status, refused.body.code], [409, "account_leaving"]);
  }
  // A repeated request gets the answer that it got.
  assert.equal((await open(user, "basic", subscribed)).body.url, opened.body.url);
  assert.equal((await erasure("DELETE")).status, 200);
  assert.equal((await checkout()).status, 201);
  assert.equal((await open(user, "starter")).status, 201);
});

Deno.test("a subscription is not raised, kept or resumed by whoever asked for erasure", async () => {
  const user = await newUser();
  await subscribe(user, "basic");
  await callJson("account-erasure", { caller: user, body: { confirm: "erase my account" } });
  await eventually(() => openOf(user), (now) => now?.cancel_at_period_end === true);
  for (
    const refused of [
      await ask<ProblemBody>(user, "subscription-change", { plan: "starter" }),
      await ask<ProblemBody>(user, "subscription-change", { plan: "basic" }),
      await ask<ProblemBody>(user, "subscription-cancel/resume"),
    ]
  ) {
    assert.deepEqual([refused.status, refused.body.code], [409, "account_leaving"]);
  }
});
