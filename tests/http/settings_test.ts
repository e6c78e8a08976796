import assert from "node:assert/strict";
import { callJson, newUser, type User } from "../harness/platform.ts";
import { freshKey, newAdmin, type ProblemBody } from "./people.ts";

type Setting = { key: string; value: unknown; version: number; rule: string };

const timeout = "session_timeout_minutes";

const all = async (admin: User) => {
  const { body } = await callJson<{ settings: Setting[] }>("settings", { caller: admin });
  return new Map(body.settings.map((setting) => [setting.key, setting]));
};

const put = <T = Setting>(admin: User, key: string, body: Record<string, unknown>) =>
  callJson<T>(`settings/${key}`, { caller: admin, method: "PUT", body });

/** How many minutes a session lasts that somebody opens now. */
async function sessionMinutes(user: User): Promise<number> {
  const { body } = await callJson<{ created_at: string; expires_at: string }>("session-start", {
    caller: user,
    key: freshKey(),
    body: { product: "modera", type: "tryon" },
  });
  return (Date.parse(body.expires_at) - Date.parse(body.created_at)) / 60_000;
}

const publicly = async () => {
  const { body } = await callJson<{ settings: Record<string, unknown> }>("settings/public");
  return body.settings;
};

Deno.test("M-33: a change of a setting is in force everywhere at once", async () => {
  const [admin, user] = [await newAdmin(), await newUser()];
  assert.equal(await sessionMinutes(user), 30);
  assert.equal((await publicly())[timeout], 30);
  const { version } = (await all(admin)).get(timeout)!;
  const changed = await put(admin, timeout, { value: 45, expected_version: version });
  assert.deepEqual([changed.status, changed.body.value, changed.body.version], [
    200,
    45,
    version + 1,
  ]);
  assert.equal(await sessionMinutes(user), 45);
  assert.equal((await publicly())[timeout], 45);
  const history = await callJson<{ versions: { new_value: unknown; changed_by: string }[] }>(
    `settings/${timeout}/history`,
    { caller: admin },
  );
  assert.deepEqual(
    [history.body.versions[0]?.new_value, history.body.versions[0]?.changed_by],
    [45, admin.id],
  );
  assert.equal(
    (await put(admin, timeout, { value: 30, expected_version: version + 1 })).status,
    200,
  );
  assert.equal(await sessionMinutes(user), 30);
});

Deno.test("M-01: what is wrong with a change of a setting is named, and nothing changes", async () => {
  const admin = await newAdmin();
  const before = await all(admin);
  const { version } = before.get(timeout)!;
  const wrong: [string, Record<string, unknown>, number, string, string?][] = [
    [timeout, { value: "30", expected_version: version }, 422, "invalid_request", "value"],
    [timeout, { value: 0, expected_version: version }, 422, "invalid_request", "value"],
    [timeout, { value: null, expected_version: version }, 422, "invalid_request", "value"],
    [timeout, { expected_version: version }, 422, "invalid_request", "value"],
    [timeout, { value: 45 }, 422, "invalid_request", "expected_version"],
    [
      timeout,
      { value: 45, expected_version: version, version: 9 },
      422,
      "invalid_request",
      "version",
    ],
    [timeout, { value: 45, expected_version: version + 1 }, 409, "version_conflict"],
    ["no_such_setting", { value: 45, expected_version: 1 }, 404, "not_found", "key"],
    ["Bad-Key", { value: 45, expected_version: 1 }, 422, "invalid_request", "key"],
  ];
  for (const [key, body, status, code, field] of wrong) {
    const answer = await put<ProblemBody>(admin, key, body);
    assert.deepEqual(
      [answer.status, answer.body.code, answer.body.errors?.[0]?.field],
      [status, code, field],
      JSON.stringify(body),
    );
  }
  assert.deepEqual(await all(admin), before);
});

Deno.test("M-01: settings are for admins; what is public is for everybody, without models", async () => {
  const user = await newUser();
  const body = { value: 45, expected_version: 1 };
  for (const [path, method] of [["settings", "GET"], [`settings/${timeout}/history`, "GET"]]) {
    const answer = await callJson<ProblemBody>(path!, { caller: user, method: method! });
    assert.deepEqual([answer.status, answer.body.code], [403, "admin_required"]);
  }
  const refused = await put<ProblemBody>(user, timeout, body);
  assert.deepEqual([refused.status, refused.body.code], [403, "admin_required"]);
  for (const caller of ["nobody", "secret", "automations"] as const) {
    const answer = await callJson(`settings/${timeout}`, { caller, method: "PUT", body });
    assert.equal(answer.status, 401);
  }
  const shown = await publicly();
  assert.ok("credit_costs" in shown && !("ai_model_settings" in shown));
  const unknown = await callJson<ProblemBody>("settings/public?product=nothing");
  assert.deepEqual([unknown.status, unknown.body.code], [404, "unknown_product"]);
});
