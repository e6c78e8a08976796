import assert from "node:assert/strict";
import { Modera } from "../modera/modera.ts";
import { personWithTraces, trace } from "./person.ts";

type Export = { export_id: string; state: string; path: string | null; replayed: boolean };
type Scope = { state: string; path: string; sections: { name: string; table: string }[] };

const request = (modera: Modera, person: { id: string }, key: string = crypto.randomUUID()) =>
  modera.kernel.call<Export>("authenticated", person.id, "request_export", { key });

const read = (modera: Modera, person: { id: string }, export_id: string) =>
  modera.kernel.call<Export>("authenticated", person.id, "read_export", { export_id });

/** Every section of an export, read to its end by pages of two. */
async function sections(modera: Modera, export_id: string) {
  const scope = await modera.kernel.service<Scope>("export_scope", { export_id });
  const found: Record<string, Record<string, unknown>[]> = {};
  for (const { name, table } of scope.sections) {
    const rows: Record<string, unknown>[] = found[name] = [];
    for (let last = 2; last === 2;) {
      const args = { export_id, table_name: table, page_size: 2, skip: rows.length };
      const page = await modera.kernel.service<Record<string, unknown>[]>("export_rows", args);
      rows.push(...page);
      last = page.length;
    }
  }
  return found;
}

Deno.test("X-10: an export has the person's rows of every section, and nobody else's", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await personWithTraces(modera), await personWithTraces(modera)];
  const { export_id } = await request(modera, person);
  const found = await sections(modera, export_id);
  const counts = Object.fromEntries(
    Object.entries(found).map(([name, rows]) => [name, rows.length]),
  );
  for (
    const name of [
      "sign_in",
      "profile",
      "consents",
      "payment_customers",
      "analyses",
      "recommendations",
    ]
  ) {
    assert.equal(counts[name], 1, name);
  }
  assert.deepEqual([counts["sessions"], counts["try_ons"], counts["invoices"]], [3, 2, 2]);
  assert.deepEqual(found["entries"]?.map((row) => row["amount"]), [50, -3, 50]);
  const text = JSON.stringify(found);
  assert.ok(text.includes(`${trace}-${person.id}@example.com`));
  assert.ok(!text.includes(other.id), "another's id");
  assert.doesNotMatch(text, /encrypted_password|_token"|fingerprint|"hash"/);
  const files = await modera.kernel.service<{ bucket: string; path: string }[]>("export_files", {
    export_id,
    after_bucket: "",
    after_path: "",
    max: 100,
  });
  assert.equal(files.length, 6);
  assert.ok(files.every(({ path }) => path.startsWith(`${person.id}/`)));
  const rest = await modera.kernel.service<unknown[]>("export_files", {
    export_id,
    after_bucket: files[3]!.bucket,
    after_path: files[3]!.path,
    max: 100,
  });
  assert.deepEqual(rest, files.slice(4));
});

Deno.test("one export is made at a time, and one for each key", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const first = await request(modera, person, "k");
  assert.deepEqual(await request(modera, person, "k"), { ...first, replayed: true });
  await assert.rejects(request(modera, person), { code: "PT409", message: "export_in_progress" });
  const { export_id } = first;
  await modera.kernel.service("conclude_export", { export_id, size: 10 });
  assert.notEqual((await request(modera, person)).export_id, export_id);
  assert.equal((await request(modera, person, "k")).state, "ready");
});

Deno.test("of twenty that ask at once for one person, one begins", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const answers = await Promise.allSettled(
    Array.from({ length: 20 }, () => request(modera, person)),
  );
  assert.equal(answers.filter(({ status }) => status === "fulfilled").length, 1);
});

Deno.test("an archive is there for seven days, and is then deleted", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const { export_id } = await request(modera, person);
  await modera.kernel.service("conclude_export", { export_id, size: 10 });
  const ready = await read(modera, person, export_id);
  assert.deepEqual([ready.state, ready.path], ["ready", `${person.id}/${export_id}.zip`]);
  assert.deepEqual(await modera.kernel.service("due_exports"), []);
  await modera.kernel.database.advanceClock("7 days");
  assert.deepEqual((await read(modera, person, export_id)).path, null);
  assert.deepEqual(await modera.kernel.service("due_exports"), [{ export_id, path: ready.path }]);
  await modera.sql`select private.run_job('account-exports')`;
  const [job] = await modera.sql`select kind from jobs.queue where kind = 'account.export-expiry'`;
  assert.ok(job);
  await modera.kernel.service("drop_export", { export_id });
  assert.deepEqual(await modera.kernel.service("due_exports"), []);
});

Deno.test("an export whose job is dead fails, and the person may ask again", async () => {
  await using modera = await Modera.open();
  const person = await modera.person();
  const { export_id } = await request(modera, person);
  await modera.kernel.service("claim_jobs", { kinds: ["account.export"], worker: "w" });
  const [job] = await modera.sql`select id from jobs.queue where kind = 'account.export'`;
  await modera.kernel.service("fail_job", {
    job_id: job!["id"],
    worker: "w",
    error: "x",
    retryable: false,
  });
  await modera.sql`select private.run_job('account-exports')`;
  assert.equal((await read(modera, person, export_id)).state, "failed");
  assert.equal((await request(modera, person)).state, "queued");
});

Deno.test("exports are read by their person alone, and made by the service", async () => {
  await using modera = await Modera.open();
  const [person, other] = [await modera.person(), await modera.person()];
  const { export_id } = await request(modera, person);
  await assert.rejects(read(modera, other, export_id), { code: "PT404" });
  const calls: [string, object][] = [
    ["export_scope", { export_id }],
    ["export_rows", { export_id, table_name: "auth.users", page_size: 1, skip: 0 }],
    ["export_files", { export_id, after_bucket: "", after_path: "", max: 1 }],
    ["conclude_export", { export_id, size: 1 }],
    ["due_exports", {}],
    ["drop_export", { export_id }],
  ];
  for (const [name, args] of calls) {
    for (const role of ["anon", "authenticated"] as const) {
      await assert.rejects(modera.kernel.call(role, person.id, name, args), { code: "42501" });
    }
  }
  await modera.kernel.service("conclude_export", { export_id, size: 1 });
  const rows = { export_id, table_name: "auth.users", page_size: 1, skip: 0 };
  assert.equal(await modera.kernel.service("export_rows", rows), null);
});
