import assert from "node:assert/strict";
import { problemOfSqlError, refusalOf } from "./sql_problem.ts";

Deno.test("what SQL raises on purpose keeps its status, code, sentence and extras", () => {
  const raised = problemOfSqlError({
    code: "PT429",
    message: "rate_limited",
    detail: "Too often.",
    hint: '{"bucket": "x", "retry_after": 7}',
  });
  assert.deepEqual([raised.status, raised.code, raised.detail], [
    429,
    "rate_limited",
    "Too often.",
  ]);
  assert.deepEqual(raised.extra, { bucket: "x" });
  assert.equal(raised.retryAfterSeconds, 7);
});

Deno.test("the Data API's field names say the same", () => {
  const raised = problemOfSqlError({
    code: "PT404",
    message: "not_found",
    details: "No.",
    hint: null,
  });
  assert.deepEqual([raised.status, raised.code, raised.detail], [404, "not_found", "No."]);
});

for (
  const code of [
    "ECONNREFUSED",
    "CONNECT_TIMEOUT",
    "CONNECTION_CLOSED",
    "08006",
    "57P01",
    "40P01",
    "53300",
    "28P01",
  ]
) {
  Deno.test(`${code} means that the database is unavailable, for now`, () => {
    const raised = problemOfSqlError(Object.assign(new Error("x"), { code }));
    assert.deepEqual([raised.status, raised.code], [503, "database_unavailable"]);
    assert.ok(raised.retryAfterSeconds);
  });
}

for (const code of ["42501", "23505", "P0001", "42883", "PT200", "EXX", undefined]) {
  Deno.test(`${code} is a fault of ours, and its text stays here`, () => {
    const raised = problemOfSqlError(Object.assign(new Error("relation secrets"), { code }));
    assert.deepEqual([raised.status, raised.code], [500, "internal"]);
    assert.doesNotMatch(raised.detail, /secrets/);
  });
}

Deno.test("a refusal that was returned is thrown, and any other answer passes", () => {
  const refusal = { refusal: { code: "insufficient_credits", required: 3, available: 1 } };
  assert.throws(() => refusalOf(refusal), {
    status: 402,
    code: "insufficient_credits",
    extra: { required: 3, available: 1 },
  });
  assert.throws(() => refusalOf({ refusal: { code: "hold_expired" } }), { status: 409 });
  assert.deepEqual(refusalOf({ entry_id: "x" }), { entry_id: "x" });
  assert.equal(refusalOf(null), null);
});
