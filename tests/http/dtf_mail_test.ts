import assert from "node:assert/strict";
import { callJson, newUser, platformDatabase, type User } from "../harness/platform.ts";
import { mailAbout, mailTo } from "./mailbox.ts";
import { uploadedPicture } from "./gallery.ts";
import { freshKey } from "./people.ts";
import { creditsOf, payPage } from "./plans.ts";
import { eventually } from "../harness/eventually.ts";

async function newPerson(): Promise<User> {
  const user = await newUser();
  const { error } = await user.client.schema("dtf").rpc("ensure_profile");
  assert.equal(error, null);
  return user;
}

async function run<T>(work: (sql: ReturnType<typeof platformDatabase>) => Promise<T>): Promise<T> {
  const sql = platformDatabase();
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

Deno.test("who comes to DTF Editor for the first time is welcomed by mail", async () => {
  const user = await newPerson();
  const { text } = await mailAbout(user.email, "Welcome to DTF Editor");
  assert.match(text, /underbase/);
});

Deno.test("a pack of DTF Editor is bought, can be spent for a year, and has a receipt", async () => {
  const user = await newPerson();
  const { status, body } = await callJson<{ number: string; url: string }>("checkout", {
    caller: user,
    key: freshKey(),
    body: { product: "dtf", offer: "pack-20", currency: "USD" },
  });
  assert.equal(status, 201);
  assert.equal(await payPage(body.url), true);
  await eventually(() => creditsOf(user), (credits) => credits === 20);
  const { text } = await mailAbout(user.email, `Receipt ${body.number}`);
  for (const part of ["$14.99", "20 credits", "DTF Editor"]) assert.ok(text.includes(part), part);
  const { body: account } = await callJson<{ grants: { remaining: number; expires_at: string }[] }>(
    "credit-balance?product=dtf",
    { caller: user },
  );
  const paid = account.grants.find(({ remaining }) => remaining === 20);
  const days = await run(async (sql) => {
    const [row] = await sql`
      select extract(day from ${paid!.expires_at}::timestamptz - private.now())::integer as days`;
    return row!["days"];
  });
  assert.ok(days >= 363 && days <= 366, String(days));
});

Deno.test("who has hardly any credits left in DTF Editor is told once", async () => {
  const user = await newPerson();
  await run((sql) => sql`select ledger.grant_credits('dtf', ${user.id}, 3, 'test')`);
  for (let n = 0; n < 4; n++) {
    await run((sql) => sql`select ledger.debit('dtf', ${user.id}, 1, ${`t${n}`}, 'upscale')`);
  }
  const { subject } = await mailAbout(user.email, "You have 1 credit left");
  const told = (await mailTo(user.email)).filter((mail) => mail.subject === subject);
  assert.equal(told.length, 1);
});

Deno.test("who waited longer than a minute for an operation is told how it ended, and nobody else", async () => {
  for (const [minutes, told] of [[2, true], [0, false]] as const) {
    const user = await newPerson();
    const { image_id } = await uploadedPicture(user);
    // An operation that was asked for some time ago; its end is what is told.
    const id = await run(async (sql) => {
      const [row] = await sql`
        insert into dtf.image_operations (image_id, user_id, operation_type, created_at)
        values (${image_id}, ${user.id}, 'underbase', private.now() - ${`${minutes} minutes`}::interval)
        returning id`;
      return row!["id"] as string;
    });
    await run((sql) =>
      sql`update dtf.image_operations set status = 'failed', error_code = 'subject_not_found', completed_at = private.now()
        where id = ${id}`
    );
    if (told) {
      const { text } = await mailAbout(user.email, "Underbase: it did not work");
      assert.match(text, /Nothing was charged/);
    } else {
      await mailAbout(user.email, "Welcome to DTF Editor");
      const facts = await run(async (sql) =>
        await sql`select from events.outbox where topic = 'dtf.operation_finished' and payload ->> 'operation_id' = ${id}`
      );
      assert.equal(facts.length, 0);
    }
  }
});
