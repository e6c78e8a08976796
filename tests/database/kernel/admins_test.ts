import assert from "node:assert/strict";
import { Kernel } from "./kernel.ts";

async function administers(kernel: Kernel, user: string, product: string | null): Promise<boolean> {
  try {
    await kernel.as("authenticated", user, (tx) => tx`select api.require_admin(${product})`);
    return true;
  } catch (error) {
    assert.equal((error as { code: string }).code, "PT403");
    return false;
  }
}

Deno.test("an admin administers what they were appointed for, until they are dismissed", async () => {
  await using kernel = await Kernel.open();
  const [one, all, nobody] = [await kernel.user(), await kernel.user(), await kernel.user()];
  await kernel.sql`select private.appoint_admin(${one}, 'modera', 'runs the shop')`;
  await kernel.sql`select private.appoint_admin(${all}, '*', 'operator')`;
  const answers = async (user: string) => [
    await administers(kernel, user, null),
    await administers(kernel, user, "modera"),
    await administers(kernel, user, "dtf"),
  ];
  assert.deepEqual(await answers(one), [true, true, false]);
  assert.deepEqual(await answers(all), [true, true, true]);
  assert.deepEqual(await answers(nobody), [false, false, false]);
  await kernel.sql`select private.dismiss_admin(${one}, 'modera', 'left')`;
  assert.deepEqual(await answers(one), [false, false, false]);
});

Deno.test("appointments and dismissals are on the record, once each", async () => {
  await using kernel = await Kernel.open();
  const user = await kernel.user();
  for (let time = 0; time < 2; time++) {
    await kernel.sql`select private.appoint_admin(${user}, '*', 'operator')`;
  }
  for (let time = 0; time < 2; time++) {
    await kernel.sql`select private.dismiss_admin(${user}, '*', 'left')`;
  }
  const log = await kernel.sql`
    select action, detail from audit.log where subject = ${`user:${user}`} order by id`;
  assert.deepEqual(log.map(({ action, detail }) => [action, detail.reason]), [
    ["admin.appointed", "operator"],
    ["admin.dismissed", "left"],
  ]);
});
