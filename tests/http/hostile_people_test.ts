import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import { callJson, newUser, type User } from "../harness/platform.ts";
import {
  discPng,
  madeCollection,
  reservedPicture,
  type ShownImage,
  uploadedPicture,
} from "./gallery.ts";
import { freshKey, newAdmin, type ProblemBody } from "./people.ts";
import { open, openOf, payPage, query } from "./plans.ts";

/** Somebody of DTF Editor with so many credits. */
async function printer(credits: number): Promise<User> {
  const user = await newUser();
  await query(async (sql) => {
    await sql`select private.dtf_admit(${user.id})`;
    await sql`select ledger.grant_credits('dtf', ${user.id}, ${credits}, ${`h/${user.id}`})`;
  });
  return user;
}

const balanceOf = (user: User) =>
  query(async (sql) => {
    const [row] = await sql`select ledger.balance('dtf', ${user.id}) as balance`;
    return row?.["balance"];
  });

interface Request {
  path: string;
  method: string;
  body?: Record<string, unknown>;
}

const send = (caller: User, { path, method, body }: Request) =>
  callJson<ProblemBody>(path, { caller, method, key: freshKey(), ...(body ? { body } : {}) });

Deno.test("whatever a stranger asks of another's pictures and collections is not found, and changes nothing", async (t) => {
  const [owner, stranger] = [await newUser(), await printer(50)];
  const { collection_id, image_id } = await madeCollection(owner, false);
  const own = await uploadedPicture(stranger);
  const reserved = await reservedPicture(owner);
  const seen = () =>
    query((sql) =>
      sql`
      select (select jsonb_agg(i order by i.id) from dtf.images i where i.user_id = ${owner.id}) as images,
        (select jsonb_agg(c) from dtf.image_collections c where c.user_id = ${owner.id}) as collections`
    );
  const before = [...await seen()];
  const operations = ["upscale", "background-removal", "vectorize", "halftone", "underbase"]
    .map((path) => ({ path, method: "POST", body: { image_id } }));
  const requests: Request[] = [
    { path: `images/${image_id}`, method: "GET" },
    { path: `images/${image_id}`, method: "PATCH", body: { filename: "mine.png" } },
    { path: `images/${image_id}`, method: "DELETE" },
    { path: "image-download", method: "POST", body: { image_id } },
    { path: `image-upload/${reserved.image_id}`, method: "POST" },
    { path: `collections/${collection_id}`, method: "GET" },
    { path: `collections/${collection_id}`, method: "PATCH", body: { is_public: true } },
    { path: `collections/${collection_id}`, method: "DELETE" },
    { path: `collections/${collection_id}/images/${own.image_id}`, method: "PUT" },
    { path: `collections/${collection_id}/images/${image_id}`, method: "DELETE" },
    { path: `collections/public/${collection_id}`, method: "GET" },
    { path: "color-knockout", method: "POST", body: { image_id, colour: "#ffffff" } },
    ...operations,
  ];
  for (const request of requests) {
    await t.step(`${request.method} ${request.path.replace(/[0-9a-f-]{36}/g, ":id")}`, async () => {
      const { status, body } = await send(stranger, request);
      assert.deepEqual([status, body.code], [404, "not_found"]);
    });
  }
  assert.deepEqual([...await seen()], before);
  assert.equal((await balanceOf(stranger)).pending, 0);
});

Deno.test("nobody sets what only the service sets: a field too many is refused by its name", async (t) => {
  const person = await printer(20);
  const admin = await newAdmin("dtf");
  const { image_id } = await uploadedPicture(person);
  const ofPictures = ["final_url", "user_id", "processing_status", "download_count", "expires_at"];
  const changes = ofPictures.map((name): [Request, string] => [
    { path: `images/${image_id}`, method: "PATCH", body: { filename: "x.png", [name]: "1" } },
    name,
  ]);
  const more: [Request, string, User?][] = [
    [{ path: "upscale", method: "POST", body: { image_id, price: 0 } }, "price"],
    [{ path: "upscale", method: "POST", body: { image_id, model: "somebody/else" } }, "model"],
    [{ path: "upscale", method: "POST", body: { image_id, user_id: admin.id } }, "user_id"],
    [{
      path: "image-upload",
      method: "POST",
      body: { filename: "a.png", content_type: "image/png", size: 9, path: `${admin.id}/a/b` },
    }, "path"],
    [
      { path: "subscribe", method: "POST", body: { product: "dtf", plan: "basic", amount: 1 } },
      "amount",
    ],
    [
      { path: "subscribe", method: "POST", body: { product: "dtf", plan: "basic", credits: 999 } },
      "credits",
    ],
    [{
      path: "collections",
      method: "POST",
      body: { name: "Mine", user_id: admin.id },
    }, "user_id"],
    [
      {
        path: "admin-credits",
        method: "POST",
        body: {
          product: "dtf",
          holder: person.id,
          amount: 1,
          reason: "a present",
          actor: person.id,
        },
      },
      "actor",
      admin,
    ],
  ];
  for (const [request, field, caller = person] of [...changes, ...more]) {
    await t.step(`${request.path.split("/")[0]}: ${field}`, async () => {
      const { status, body } = await send(caller, request);
      assert.equal(status, 422, JSON.stringify(body));
      assert.ok(JSON.stringify(body).includes(field));
    });
  }
  assert.equal((await balanceOf(person)).pending, 0);
});

Deno.test("subscriptions begun many times at once are paid for once", async () => {
  const user = await newUser();
  const plans = ["basic", "starter", "basic", "starter", "basic", "starter"];
  const opened = await Promise.all(plans.map((plan) => open(user, plan)));
  const pages = opened.flatMap(({ status, body }) => status === 201 && body.url ? [body.url] : []);
  assert.ok(pages.length > 0);
  const paid = await Promise.all(pages.map(payPage));
  const count = paid.filter(Boolean).length;
  assert.equal(count, 1, `${count} of ${pages.length} pages could be paid`);
  assert.equal(
    (await eventually(() => openOf(user), (one) => one?.state === "active"))?.state,
    "active",
  );
});

Deno.test("a picture that is deleted while work on it begins goes with nothing held, or stays with its work", async () => {
  const user = await printer(60);
  const pictures = await Promise.all(
    Array.from({ length: 6 }, async () => await uploadedPicture(user, await discPng(32))),
  );
  const outcomes = await Promise.all(pictures.map(async ({ image_id }) => {
    const [began, removed] = await Promise.all([
      send(user, { path: "color-knockout", method: "POST", body: { image_id, colour: "#ffffff" } }),
      send(user, { path: `images/${image_id}`, method: "DELETE" }),
    ]);
    return [began.status, removed.status].join(" ");
  }));
  for (const outcome of outcomes) assert.ok(["202 409", "404 200"].includes(outcome), outcome);
  const under = () =>
    query((sql) =>
      sql`select from dtf.image_operations where user_id = ${user.id} and status in ('pending', 'processing')`
    );
  await eventually(under, ({ length }) => length === 0);
  assert.equal((await balanceOf(user)).pending, 0);
});

Deno.test("the address of one upload takes no other file, and nothing once the picture was looked at", async () => {
  const [person, other] = [await newUser(), await newUser()];
  const victim: ShownImage = await uploadedPicture(other);
  const { bucket, path, token, image_id } = await reservedPicture(person);
  const bytes = await discPng(16);
  const put = async (to: string) => {
    const { error } = await person.client.storage.from(bucket)
      .uploadToSignedUrl(to, token, bytes, { contentType: "image/png", upsert: true });
    return error === null;
  };
  assert.equal(await put(`${other.id}/${victim.image_id}/original`), false);
  assert.equal(
    (await send(person, { path: `image-upload/${image_id}`, method: "POST" })).status,
    200,
  );
  const read = () => callJson<ShownImage>(`images/${image_id}`, { caller: person });
  const { body: { sha256 } } = await read();
  await put(path);
  assert.equal((await read()).body.sha256, sha256);
  const direct = await person.client.storage.from(bucket).upload(path, bytes, { upsert: true });
  assert.notEqual(direct.error, null);
});

Deno.test("the same key of two people is two requests, and neither is shown the other's", async () => {
  const [one, two] = [await newUser(), await newUser()];
  const key = freshKey();
  const [first, second] = [await open(one, "basic", key), await open(two, "basic", key)];
  assert.deepEqual([first.status, second.status], [201, 201]);
  assert.notEqual(first.body.order_id, second.body.order_id);
  assert.notEqual(first.body.url, second.body.url);
});

interface Operation {
  tags: string[];
}

Deno.test("what is for admins looks at nobody else's request: 403 before anything that is wrong with it", async (t) => {
  const described = new URL("../../docs/openapi.json", import.meta.url);
  const { paths } = JSON.parse(await Deno.readTextFile(described)) as {
    paths: Record<string, Record<string, Operation>>;
  };
  const forAdmins = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).filter(([, { tags }]) => tags?.includes("admins"))
      .map(([method]): [string, string] => [path.replace(/^\//, ""), method.toUpperCase()])
  );
  assert.ok(forAdmins.length > 20);
  const person = await newUser();
  for (const [path, method] of forAdmins) {
    await t.step(`${method} ${path}`, async () => {
      const nonsense = `${path.replace(/\{[^}]+\}/g, "no such thing")}?no_such=field`;
      const body = method === "GET" ? undefined : { no_such: "field" };
      const answer = await callJson<ProblemBody>(nonsense, {
        caller: person,
        method,
        ...(body ? { body } : {}),
      });
      assert.deepEqual([answer.status, answer.body.code], [403, "admin_required"]);
    });
  }
});
