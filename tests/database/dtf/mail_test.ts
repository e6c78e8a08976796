import assert from "node:assert/strict";
import { Dtf } from "./dtf.ts";

/** The facts of a topic, in order. */
async function facts(dtf: Dtf, topic: string): Promise<Record<string, unknown>[]> {
  const rows = await dtf.sql`select payload from events.outbox where topic = ${topic} order by id`;
  return rows.map(({ payload }) => payload);
}

async function admin(dtf: Dtf): Promise<string> {
  const id = await dtf.stranger();
  await dtf.sql`select private.appoint_admin(${id}, 'dtf', 'test')`;
  return id;
}

const words = {
  subject: "Hello {{first_name}}",
  html: "{{first_name}} {{credits}} {{plan}} {{unsubscribe_url}}",
  plain: "{{first_name}} {{credits}} {{plan}} {{unsubscribe_url}}",
  variables: [
    { name: "first_name", type: "text", default: "there" },
    { name: "credits", type: "text" },
    { name: "plan", type: "text" },
  ],
};

/** A campaign of DTF Editor with a template of its own. */
async function draft(dtf: Dtf, user: string, audience: object): Promise<string> {
  const call = <T>(name: string, args: object) =>
    dtf.kernel.call<T>("authenticated", user, name, args);
  const template = `news-${crypto.randomUUID().slice(0, 8)}`;
  await call("save_mail_template", { product: "dtf", name: template, ...words });
  const { campaign_id } = await call<{ campaign_id: string }>("draft_campaign", {
    product: "dtf",
    name: "News",
    template,
    audience,
    variables: {},
  });
  return campaign_id;
}

Deno.test("who comes for the first time is welcomed once", async () => {
  await using dtf = await Dtf.open();
  const person = await dtf.person();
  await dtf.sql`select private.dtf_admit(${person})`;
  assert.deepEqual(await facts(dtf, "dtf.welcome"), [{ product: "dtf", holder: person }]);
  const [contact] = await dtf.sql`select private.contact('dtf', ${person}) as contact`;
  assert.deepEqual(contact?.["contact"], {
    language: "en",
    timezone: "UTC",
    addresses: { email: `${person}@example.com` },
  });
});

Deno.test("an operation that took longer than a minute is told when it ends, of a chain the last", async () => {
  await using dtf = await Dtf.open();
  const person = await dtf.person();
  const image = await dtf.picture(person);
  const chain = crypto.randomUUID();
  const begin = async (position: number, chain_id: string, ago: string) => {
    const [row] = await dtf.sql`
      insert into dtf.image_operations (image_id, user_id, operation_type, chain_id, position, created_at)
      values (${image}, ${person}, 'upscale', ${chain_id}, ${position}, private.now() - ${ago}::interval) returning id`;
    return String(row?.["id"]);
  };
  const end = async (id: string) => {
    await dtf.sql`update dtf.image_operations set status = 'processing' where id = ${id}`;
    await dtf
      .sql`update dtf.image_operations set status = 'completed', completed_at = private.now() where id = ${id}`;
  };
  const [first, last] = [await begin(1, chain, "2 minutes"), await begin(2, chain, "2 minutes")];
  const quick = await begin(1, crypto.randomUUID(), "10 seconds");
  for (const id of [first, last, quick]) await end(id);
  const told = await facts(dtf, "dtf.operation_finished");
  assert.deepEqual(told.map(({ operation_id }) => operation_id), [last]);
});

Deno.test("F-23: a campaign to 10,000 people is queued at once, whole", async () => {
  await using dtf = await Dtf.open();
  const user = await admin(dtf);
  // The welcomes are messages too.
  await dtf.sql`alter table dtf.users disable trigger users_are_welcomed`;
  await dtf.sql`
    with people as (
      insert into auth.users (id, email, email_confirmed_at)
      select gen_random_uuid(), 'p' || n || '@example.com', now() from generate_series(1, 10000) n returning id)
    insert into dtf.users (id, auth_user_id, first_name) select id, id, 'Kim' from people`;
  const campaign = await draft(dtf, user, { max_credits: 10 });
  await dtf.kernel.call("authenticated", user, "schedule_campaign", { campaign_id: campaign });
  await dtf.kernel.service("begin_campaign", { campaign_id: campaign });
  const [queued] = await dtf.sql`select count(*)::int as messages from mail.messages`;
  assert.equal(queued?.["messages"], 10_000);
});

Deno.test("F-24: what admins do with mail is in the product's log of admins", async () => {
  await using dtf = await Dtf.open();
  const user = await admin(dtf);
  const campaign = await draft(dtf, user, {});
  const log = await dtf.sql`
    select action, target_type, target_id from dtf.admin_logs where admin_user_id = ${user} order by created_at, action`;
  assert.deepEqual(log.map(({ action }) => action).toSorted(), [
    "mail.campaign_drafted",
    "mail.template_saved",
  ]);
  assert.ok(
    log.some(({ target_type, target_id }) => target_type === "campaign" && target_id === campaign),
  );
});
