import assert from "node:assert/strict";
import { createTesseraClient } from "../../packages/client/mod.ts";
import { testPlatform } from "../harness/environment.ts";
import { type User } from "../harness/platform.ts";
import { eventually } from "../harness/eventually.ts";
import { FittingRoom, uploaded } from "./fitting_room.ts";
import { userWithCredits } from "./people.ts";

function clientOf(user: User) {
  const { api_url, publishable_key, secret_key } = testPlatform();
  return createTesseraClient({
    url: api_url,
    publishableKey: publishable_key,
    secretKey: secret_key,
    supabase: user.client,
  });
}

Deno.test("the client buys, tries on, waits, and reads the statement", async () => {
  await using room = await FittingRoom.open();
  const user = await userWithCredits(50);
  const tessera = clientOf(user);

  const invoice = await tessera.checkout({ product: "modera", offer: "basic" });
  assert.deepEqual([invoice.error, invoice.data?.credits], [null, 50]);

  const [person_path, garment_path] = [await uploaded(user), await uploaded(user)];
  const begun = await tessera.tryOn.start({ product: "modera", person_path, garment_path });
  assert.equal(begun.data?.credits_held, 3);
  const asked = await eventually(() => Promise.resolve(room.asked[0]), (first) => !!first);
  room.end(asked!, { output: [room.picture] });
  await (await room.tell(asked!)).body?.cancel();
  const ended = await tessera.tryOn.wait(begun.data.try_on_id, { everyMs: 50 });
  assert.deepEqual([ended.data?.status, ended.data?.credits_used], ["completed", 3]);

  const debit = await tessera.debit({ product: "modera", holder: user.id, amount: 7 });
  assert.equal(debit.data?.balance.available, 40);
  const account = await tessera.creditBalance({ product: "modera" });
  assert.equal(account.data?.balance.available, 40);
  const amounts: number[] = [];
  for await (const page of tessera.statement({ product: "modera", page_size: 1 })) {
    amounts.push(...page.data?.map((entry) => entry.amount) ?? []);
  }
  assert.deepEqual(amounts, [-7, -3, 50]);
});

Deno.test("the client tells a refusal by its code", async () => {
  await using _room = await FittingRoom.open();
  const user = await userWithCredits(0);
  const [person_path, garment_path] = [await uploaded(user), await uploaded(user)];
  const { data, error } = await clientOf(user).tryOn
    .start({ product: "modera", person_path, garment_path });
  assert.equal(data, null);
  assert.deepEqual([error?.status, error?.code, error?.extra["required"]], [
    402,
    "insufficient_credits",
    3,
  ]);
});
