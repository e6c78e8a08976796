import assert from "node:assert/strict";
import type { JSONValue } from "postgres";
import { Modera } from "./modera.ts";

type Setting = { key: string; value: JSONValue; version: number; is_active: boolean };
type Version = {
  version: number;
  old_value: JSONValue;
  new_value: JSONValue;
  changed_by: string | null;
};

/** MODERA with somebody who administers it. */
class Office implements AsyncDisposable {
  private constructor(readonly modera: Modera, readonly admin: { id: string }) {}

  static async open(): Promise<Office> {
    const modera = await Modera.open();
    const id = await modera.kernel.user();
    await modera.sql`select private.appoint_admin(${id}, 'modera', 'A test.')`;
    return new Office(modera, { id });
  }

  put(
    key: string,
    change: Record<string, JSONValue>,
    version: number | null = 1,
    who: { id: string } = this.admin,
  ): Promise<Setting> {
    return this.modera.as("authenticated", who, async (tx) => {
      const [row] = await tx`
        select modera.put_setting(${key}, ${tx.json(change)}, ${version}) as answer`;
      return row!.answer;
    });
  }

  history(key: string, who: { id: string } = this.admin): Promise<Version[]> {
    return this.modera.as("authenticated", who, async (tx) => {
      const [row] = await tx`select modera.setting_history(${key}) as answer`;
      return row!.answer;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.modera[Symbol.asyncDispose]();
  }
}

const timeout = "session_timeout_minutes";

Deno.test("M-33: each change of a setting is a version that says who, when, from what to what", async () => {
  await using office = await Office.open();
  const { modera, admin } = office;
  assert.equal((await office.put(timeout, { value: 45 })).version, 2);
  assert.equal((await office.put(timeout, { value: 45 }, 2)).version, 2);
  assert.equal((await office.put(timeout, { is_active: false }, 2)).version, 3);
  await modera
    .sql`update modera.settings set setting_value = '20' where setting_key = ${timeout}`;
  const versions = await office.history(timeout);
  assert.deepEqual(
    versions.map(({ version, old_value, new_value, changed_by }) => ({
      version,
      old_value,
      new_value,
      changed_by,
    })),
    [
      { version: 4, old_value: 45, new_value: 20, changed_by: null },
      { version: 3, old_value: 45, new_value: 45, changed_by: admin.id },
      { version: 2, old_value: 30, new_value: 45, changed_by: admin.id },
      { version: 1, old_value: null, new_value: 30, changed_by: null },
    ],
  );
  const audited = await modera.sql`
    select actor from audit.log where action = 'setting.changed' order by id`;
  assert.deepEqual(audited.map(({ actor }) => actor), [admin.id, admin.id, null]);
  for (const change of ["update", "delete", "truncate"]) {
    const statement = {
      update: "update modera.setting_versions set new_value = '1'",
      delete: "delete from modera.setting_versions",
      truncate: "truncate modera.setting_versions",
    }[change]!;
    await assert.rejects(modera.sql.unsafe(statement), { code: "42501" });
  }
});

Deno.test("M-33: of two admins who saw the same version, one changes it and the other is told", async () => {
  await using office = await Office.open();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => office.put(timeout, { value: 40 + i })),
  );
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(refused.length, 9);
  assert.ok(refused.every(({ reason }) => reason.message === "version_conflict"));
  await assert.rejects(office.put(timeout, { value: 50 }, null), { message: "version_conflict" });
  assert.equal((await office.history(timeout)).length, 2);
});

Deno.test("M-01: a value that its readers would not understand is refused with the rule, whoever sends it", async (t) => {
  await using office = await Office.open();
  const wrong: [string, JSONValue][] = [
    [timeout, "30"],
    [timeout, 4],
    [timeout, 1441],
    [timeout, 30.5],
    [timeout, null],
    [timeout, [30]],
    [timeout, 1e300],
    ["max_image_size_mb", 11],
    ["input_retention_days", 0],
    ["ai_model_settings", { replicate: "owner/name" }],
    ["ai_model_settings", { replicate: { "try-on": "https://example.com" } }],
    ["ai_model_settings", []],
  ];
  for (const [key, value] of wrong) {
    await t.step(`${key} ${JSON.stringify(value)}`, () =>
      assert.rejects(
        office.put(key, { value }),
        (error: { message: string; detail: string }) =>
          error.message === "invalid_request" &&
          /^(A whole number from|An object of)/.test(error.detail),
      ));
  }
  await assert.rejects(office.put(timeout, { is_active: "no" }), { message: "invalid_request" });
  await assert.rejects(office.put("unknown_setting", { value: 1 }), { message: "not_found" });
  assert.equal((await office.history(timeout)).length, 1);
});

Deno.test("M-01: settings are changed and their history is read by MODERA's admins alone", async () => {
  await using office = await Office.open();
  const { modera } = office;
  const [person, other] = [await modera.person(), { id: await modera.kernel.user() }];
  await modera.sql`select private.appoint_admin(${other.id}, 'acme', 'Another product.')`;
  for (const who of [person, other]) {
    await assert.rejects(office.put(timeout, { value: 45 }, 1, who), { message: "admin_required" });
    await assert.rejects(office.history(timeout, who), { message: "admin_required" });
    await assert.rejects(
      modera.as("authenticated", who, (tx) => tx`select modera.all_settings()`),
      { message: "admin_required" },
    );
    await assert.rejects(
      modera.as("authenticated", who, (tx) => tx`select * from modera.setting_versions`),
      { code: "42501" },
    );
  }
  await modera.sql`select private.dismiss_admin(${office.admin.id}, 'modera', 'Left.')`;
  await assert.rejects(office.put(timeout, { value: 45 }), { message: "admin_required" });
});

Deno.test("M-33: a setting that is not active is not used, and not shown as in force", async () => {
  await using office = await Office.open();
  const { modera } = office;
  await office.put(timeout, { value: 45 });
  const inForce = () =>
    modera.service<Record<string, JSONValue>>("public_settings").then((all) => all[timeout]);
  const used = async () => {
    const [row] = await modera.sql`select private.modera_session_timeout()::text as length`;
    return row!.length;
  };
  assert.deepEqual([await inForce(), await used()], [45, "00:45:00"]);
  await office.put(timeout, { is_active: false }, 2);
  assert.deepEqual([await inForce(), await used()], [undefined, "00:30:00"]);
});

Deno.test("M-18: what is public shows packages and costs as the catalogue has them, and no model", async () => {
  await using office = await Office.open();
  const { modera } = office;
  await modera.sql`select billing.publish_rate('modera', 'tryon', 4)`;
  const shown = await modera.service<Record<string, JSONValue>>("public_settings");
  assert.deepEqual(Object.keys(shown).sort(), [
    "credit_costs",
    "credit_packages_rub",
    "credit_packages_usd",
    "credit_packages_xtr",
    "input_retention_days",
    "max_image_size_mb",
    timeout,
  ]);
  assert.deepEqual(shown["credit_costs"], { tryon: 4, styling: 5, recommendations: 2 });
  await assert.rejects(modera.as("anon", null, (tx) => tx`select modera.public_settings()`), {
    code: "42501",
  });
});
