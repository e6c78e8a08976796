import assert from "node:assert/strict";
import { callJson, newUser, platformDatabase, type User } from "../harness/platform.ts";
import { newAdmin, type ProblemBody } from "./people.ts";
import { paidSale } from "./stripe.ts";

interface Summary {
  time_zone: string;
  revenue: { currency: string; invoices: number; gross: number; net: number }[];
  conversion: { buyers: number };
}

/** Three days around now by the platform's clock, which other tests move. */
async function days(): Promise<{ from: string; to: string }> {
  const sql = platformDatabase();
  const [row] = await sql<{ from: string; to: string }[]>`
    select (d - 1)::text as from, (d + 1)::text as to
    from (select (private.now() at time zone 'UTC')::date) today (d)`;
  await sql.end();
  return row!;
}

const read = <T = Summary>(caller: User | "nobody", query: Record<string, string>) =>
  callJson<T>(`admin-summary?${new URLSearchParams(query)}`, { caller });

Deno.test("an admin reads what was sold, each currency apart", async () => {
  const [admin, range] = [await newAdmin("modera"), await days()];
  const dollars = async () => {
    const { status, body } = await read(admin, range);
    assert.equal(status, 200, JSON.stringify(body));
    const found = body.revenue.find(({ currency }) => currency === "USD");
    const { invoices, gross, net } = found ?? { invoices: 0, gross: 0, net: 0 };
    return [invoices, gross, net, body.conversion.buyers];
  };
  const before = await dollars();
  await paidSale(await newUser());
  const more = (await dollars()).map((now, i) => now - (before[i] ?? 0));
  assert.deepEqual(more, [1, 499, 499, 1]);
});

Deno.test("nobody but an admin of the product reads the summary", async () => {
  const range = await days();
  const [user, other] = [await newUser(), await newAdmin("acme")];
  for (
    const [caller, status, code] of [
      ["nobody", 401, "unauthorized"],
      [user, 403, "admin_required"],
      [other, 403, "admin_required"],
    ] as const
  ) {
    const answer = await read<ProblemBody>(caller, range);
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
  }
});

Deno.test("what is wrong with a summary's range is named", async () => {
  const [admin, range] = [await newAdmin("modera"), await days()];
  for (
    const [query, field] of [
      [{ from: range.from }, "to"],
      [{ ...range, from: "2026-02-30" }, "from"],
      [{ from: range.to, to: range.from }, "to"],
      [{ from: "2020-01-01", to: range.to }, "to"],
      [{ ...range, time_zone: "Mars/Olympus" }, "time_zone"],
      [{ ...range, currency: "USD" }, "currency"],
    ] as const
  ) {
    const { status, body } = await read<ProblemBody>(admin, query);
    const named = body["field"] ?? body.errors?.[0]?.field;
    assert.deepEqual(
      [status, body.code, named],
      [422, "invalid_request", field],
      JSON.stringify(body),
    );
  }
  const { status, body } = await read<ProblemBody>(admin, { ...range, product: "acme" });
  assert.deepEqual([status, body.code], [404, "unknown_product"]);
});
