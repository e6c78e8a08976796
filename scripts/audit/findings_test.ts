import assert from "node:assert/strict";
import { findingsOf, judge } from "./findings.ts";

const advisory = (id: number, name: string, severity: string) => ({
  source: id,
  name,
  severity,
  title: `A hole in ${name}`,
  url: `https://github.com/advisories/GHSA-${id}`,
});

const report = {
  auditReportVersion: 2,
  vulnerabilities: {
    a: { name: "a", severity: "high", via: [advisory(1, "a", "high")] },
    b: { name: "b", severity: "high", via: ["a"] },
    c: {
      name: "c",
      severity: "moderate",
      via: [advisory(2, "c", "moderate"), advisory(3, "c", "low")],
    },
  },
};

Deno.test("each known hole is found once, and a minor one is not", () => {
  assert.deepEqual(findingsOf(report)?.map(({ id, name }) => [id.slice(-6), name]), [
    ["GHSA-1", "a"],
    ["GHSA-2", "c"],
  ]);
  assert.deepEqual(findingsOf({ vulnerabilities: {} }), []);
});

Deno.test("a registry that refuses or does not answer is told from one that finds nothing", () => {
  const refusals = [{}, { statusCode: 405, error: { summary: "" } }, {
    error: { code: "ENOTFOUND" },
  }, ""];
  for (const said of refusals) assert.equal(findingsOf(said), null);
});

Deno.test("what is explained stays, what is not is open, and an explanation of nothing is stale", () => {
  const reasons = {
    "https://github.com/advisories/GHSA-1": "Nothing of ours calls the part that has it.",
    "https://github.com/advisories/GHSA-9": "It was never reachable from a function.",
  };
  const { open, explained, stale } = judge(findingsOf(report)!, reasons);
  assert.deepEqual([open.length, explained.length, stale.map((id) => id.slice(-6))], [1, 1, [
    "GHSA-9",
  ]]);
  assert.throws(() => judge([], { "GHSA-1": "so what" }), "an exception says why");
});
