import assert from "node:assert/strict";
import { parseSchedule } from "./schedule.ts";

const at = (iso: string) => Date.parse(iso);

const cases: [schedule: string, after: string, next: string][] = [
  ["10 seconds", "2026-01-01T00:00:03Z", "2026-01-01T00:00:13Z"],
  ["* * * * *", "2026-01-01T00:00:03Z", "2026-01-01T00:01:00Z"],
  ["17 3 * * *", "2026-01-01T04:00:00Z", "2026-01-02T03:17:00Z"],
  ["0 0 $ * *", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"],
  ["0 0 13 * fri", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
];

for (const [schedule, after, next] of cases) {
  Deno.test(`"${schedule}" after ${after} is due at ${next}`, () => {
    assert.equal(parseSchedule(schedule).next(at(after)), at(next));
  });
}

Deno.test("six fields are not a schedule: pg_cron has no seconds field", () => {
  assert.throws(() => parseSchedule("* * * * * *"));
});
