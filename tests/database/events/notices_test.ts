import assert from "node:assert/strict";
import { Kernel } from "../kernel/kernel.ts";

interface Opened {
  notice_id: number;
  state: string;
  channel: string | null;
  contact: { language: string; addresses: Record<string, string> } | null;
}

/** A fact of acme about a new user. */
async function told(kernel: Kernel): Promise<{ person: string; open(): Promise<Opened> }> {
  const person = await kernel.user();
  await kernel.sql`select events.publish('acme.done', '{}', 'k')`;
  const [{ id }] = await kernel.sql<[{ id: number }]>`select id::int from events.outbox`;
  const open = () =>
    kernel.service<Opened>("open_notice", { fact_id: id, product: "acme", person });
  return { person, open };
}

const start = (kernel: Kernel, notice_id: number, channel: string, repeatable: boolean) =>
  kernel.service<{ send: boolean }>("start_notice", { notice_id, channel, repeatable });

const conclude = (kernel: Kernel, notice_id: number, state: string) =>
  kernel.service("conclude_notice", { notice_id, state });

Deno.test("a fact and a person have one notice, 20 times at once", async () => {
  await using kernel = await Kernel.open();
  const { open } = await told(kernel);
  const answers = await Promise.all(Array.from({ length: 20 }, open));
  assert.equal(new Set(answers.map(({ notice_id }) => notice_id)).size, 1);
});

Deno.test("a notice that was sent is not sent again", async () => {
  await using kernel = await Kernel.open();
  const { open } = await told(kernel);
  const { notice_id } = await open();
  assert.deepEqual(await start(kernel, notice_id, "email", true), { send: true });
  await conclude(kernel, notice_id, "sent");
  assert.equal((await open()).state, "sent");
  assert.deepEqual(await start(kernel, notice_id, "email", true), { send: false });
});

Deno.test("after a crash a channel that knows repetitions goes on, another one does not", async () => {
  await using kernel = await Kernel.open();
  const { open } = await told(kernel);
  const { notice_id } = await open();
  await start(kernel, notice_id, "email", true);
  assert.deepEqual(await start(kernel, notice_id, "email", true), { send: true });
  assert.deepEqual(await start(kernel, notice_id, "telegram", true), { send: false });
  assert.equal((await open()).state, "uncertain");
  await conclude(kernel, notice_id, "sent");
  assert.equal((await open()).state, "sent");
});

Deno.test("after a crash a chat is not written to twice", async () => {
  await using kernel = await Kernel.open();
  const { open } = await told(kernel);
  const { notice_id } = await open();
  await start(kernel, notice_id, "telegram", false);
  assert.deepEqual(await start(kernel, notice_id, "telegram", false), { send: false });
  assert.equal((await open()).state, "uncertain");
});

Deno.test("what was surely not sent is open again", async () => {
  await using kernel = await Kernel.open();
  const { open } = await told(kernel);
  const { notice_id } = await open();
  await start(kernel, notice_id, "telegram", false);
  await conclude(kernel, notice_id, "open");
  assert.deepEqual(await start(kernel, notice_id, "email", true), { send: true });
});

Deno.test("a product that has no way to reach people reaches nobody", async () => {
  await using kernel = await Kernel.open();
  const { open } = await told(kernel);
  assert.equal((await open()).contact, null);
});

Deno.test("MODERA reaches people in their language, and not at addresses that stand in for one", async () => {
  await using kernel = await Kernel.open();
  const [person, stranger] = [await kernel.user(), await kernel.user()];
  await kernel.sql`select private.modera_admit(${person}), private.modera_admit(${stranger})`;
  await kernel.sql`
    update modera.profiles set telegram_id = 4711, language_code = 'ru' where holder = ${person}`;
  await kernel
    .sql`update auth.users set email = ${person} || '@telegram.invalid' where id = ${person}`;
  const contacts = await kernel.sql`
    select private.contact('modera', ${person}) as person, private.contact('modera', ${stranger}) as stranger,
      private.contact('modera', gen_random_uuid()) as nobody`;
  assert.deepEqual({ ...contacts[0] }, {
    person: { language: "ru", timezone: "UTC", addresses: { telegram: "4711" } },
    stranger: {
      language: "en",
      timezone: "UTC",
      addresses: { email: `${stranger}@example.com` },
    },
    nobody: null,
  });
});
