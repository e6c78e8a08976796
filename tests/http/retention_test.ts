import assert from "node:assert/strict";
import { eventually } from "../harness/eventually.ts";
import { platformDatabase, service, type User } from "../harness/platform.ts";
import { uploaded } from "./fitting_room.ts";
import { consentingUser } from "./people.ts";

const inputs = () => service().storage.from("modera-inputs");

/** The names of somebody's inputs that Storage lists. */
async function listed({ id }: User): Promise<string[]> {
  const { data, error } = await inputs().list(id);
  if (error) throw error;
  return data.map(({ name }) => `${id}/${name}`);
}

Deno.test("X-10, M-26: the job deletes old photos with their files, and leaves the others", async () => {
  const person = await consentingUser();
  const [old, fresh] = [await uploaded(person), await uploaded(person)];
  const { data: address } = await inputs().createSignedUrl(old, 600);
  const sql = platformDatabase();
  await sql`update storage.objects set created_at = private.now() - interval '31 days' where name = ${old}`;
  await sql`select jobs.enqueue('modera.retention', '{}', ${crypto.randomUUID()})`;
  await sql.end();
  assert.deepEqual(await eventually(() => listed(person), ({ length }) => length === 1), [fresh]);
  const answer = await fetch(address!.signedUrl);
  await answer.body?.cancel();
  assert.equal(answer.ok, false);
});

Deno.test("M-26: withdrawing consent deletes the photos", async () => {
  const person = await consentingUser();
  await uploaded(person);
  const { error } = await person.client.schema("modera").rpc("withdraw_consent");
  assert.equal(error, null);
  await eventually(() => listed(person), ({ length }) => length === 0);
});
