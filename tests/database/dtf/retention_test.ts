import assert from "node:assert/strict";
import { Dtf } from "./dtf.ts";

const facts = (dtf: Dtf) =>
  dtf.sql.json({
    type: "image/png",
    size: 10,
    width: 100,
    height: 50,
    has_alpha: false,
    dpi: null,
    sha256: "00".repeat(32),
  });

/** Uploads and confirms a picture; returns its id. */
async function upload(dtf: Dtf, person: string): Promise<string> {
  const { image_id, path } = await dtf.call<{ image_id: string; path: string }>(
    person,
    "reserve_image",
    "art.png",
    10,
    "image/png",
  );
  await dtf.sql`insert into storage.objects (bucket_id, name, metadata)
    values ('dtf-images', ${path}, '{"size": 10, "mimetype": "image/png", "eTag": "e"}')`;
  await dtf.service("confirm_image", image_id, person, "e", facts(dtf));
  return image_id;
}

const shown = async (dtf: Dtf, person: string) => {
  const images = await dtf.call<{ image_id: string }[]>(
    person,
    "own_images",
    null,
    null,
    50,
    null,
    null,
  );
  return images.map(({ image_id }) => image_id);
};

const expire = async (dtf: Dtf) =>
  (await dtf.sql`select private.dtf_expire_images() as n`)[0]!["n"];

Deno.test("F-20, X-07: a picture is kept as long as the plan says, hidden on time, then deleted with its files", async () => {
  await using dtf = await Dtf.open();
  const person = await dtf.person();
  const image = await upload(dtf, person);
  await dtf.kernel.database.advanceClock("47 hours");
  assert.deepEqual(await shown(dtf, person), [image]);
  assert.equal(await expire(dtf), 0);
  await dtf.kernel.database.advanceClock("61 minutes");
  assert.deepEqual(await shown(dtf, person), []);
  await assert.rejects(dtf.call(person, "open_download", image, null), { message: "not_found" });
  await dtf.sql`insert into dtf.image_operations (image_id, user_id, operation_type)
    values (${image}, ${person}, 'upscale')`;
  assert.equal(await expire(dtf), 0);
  await dtf
    .sql`update dtf.image_operations set status = 'failed', error_code = 'x', completed_at = private.now()`;
  assert.equal(await expire(dtf), 1);
  const jobs = await dtf
    .sql`select payload ->> 'folder' as folder from jobs.queue where kind = 'dtf.delete-files'`;
  assert.deepEqual(jobs.map((row) => row["folder"]), [`${person}/${image}`]);
  const found = await dtf.service<unknown[]>("files_of", `${person}/${image}`, 10);
  assert.equal(found.length, 1);
});

Deno.test("F-20: a subscriber's pictures are kept longer, and an upload that never came makes room again", async () => {
  await using dtf = await Dtf.open();
  const person = await dtf.person();
  await dtf
    .sql`insert into billing.subscriptions (product, holder, plan_id, price_id, provider_subscription_id, state, started_at)
    select 'dtf', ${person}, p.id, r.id, 'sub_1', 'active', private.now()
    from billing.plans p join billing.prices r on r.offer_id = p.offer_id where p.product = 'dtf' and p.code = 'basic'`;
  const image = await upload(dtf, person);
  await dtf.call(person, "reserve_image", "late.png", 10, "image/png");
  await dtf.kernel.database.advanceClock("29 days");
  assert.equal(await expire(dtf), 1);
  assert.deepEqual(await shown(dtf, person), [image]);
  await dtf.kernel.database.advanceClock("2 days");
  assert.equal(await expire(dtf), 1);
});

Deno.test("F-15: a file that is replaced while it is looked at is not confirmed", async () => {
  await using dtf = await Dtf.open();
  const person = await dtf.person();
  const { image_id, path } = await dtf.call<{ image_id: string; path: string }>(
    person,
    "reserve_image",
    "art.png",
    10,
    "image/png",
  );
  await dtf
    .sql`insert into storage.objects (bucket_id, name, metadata) values ('dtf-images', ${path}, '{"eTag": "other"}')`;
  await assert.rejects(dtf.service("confirm_image", image_id, person, "e", facts(dtf)), {
    message: "illegal_transition",
  });
});

Deno.test("F-23: an audience is a filter that is understood, and who leaves or has no address is not in it", async () => {
  await using dtf = await Dtf.open();
  const unreachable = await dtf.stranger(`${crypto.randomUUID()}@telegram.invalid`);
  await dtf.call(unreachable, "ensure_profile");
  const [one, rich] = [await dtf.person(), await dtf.person(100)];
  const audience = async (filter: Record<string, unknown>) => {
    const rows = await dtf.sql`select person from private.dtf_audience(${
      dtf.sql.json(filter as never)
    })`;
    return rows.map((row) => row["person"]).sort();
  };
  assert.deepEqual(await audience({}), [one, rich].sort());
  assert.deepEqual(await audience({ min_credits: 50 }), [rich]);
  assert.deepEqual(await audience({ plans: ["basic"] }), []);
  assert.deepEqual(await audience({ plans: ["free"], max_credits: 50 }), [one]);
  for (
    const wrong of [{ colour: 1 }, { plans: "free" }, { plans: ["gold"] }, {
      min_credits: "many",
    }, { active_after: "never" }]
  ) {
    await assert.rejects(audience(wrong), { message: "invalid_request" }, JSON.stringify(wrong));
  }
  await dtf.as("authenticated", one, (tx) => tx`select api.request_erasure()`);
  assert.deepEqual(await audience({}), [rich]);
});
