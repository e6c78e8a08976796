import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import { fakeDatabase, keptLog } from "./fakes.ts";
import { problemCounter } from "./problem_counter.ts";

function scene(answer: () => null) {
  const database = fakeDatabase({ record_problems: answer });
  const clock = { now: 0 };
  const { log, lines } = keptLog();
  const count = problemCounter(database.as(serviceCaller), "greet", log, 1000, () => clock.now);
  return { clock, count, lines, told: () => database.calls.map(({ args }) => args["counts"]) };
}

Deno.test("the first problem is told at once, the next ones together after a pause", () => {
  const { clock, count, told } = scene(() => null);
  count({ code: "not_found", status: 404 });
  for (let i = 0; i < 3; i++) count({ code: "not_found", status: 404 });
  count({ code: "internal", status: 500 });
  assert.deepEqual(told(), [[{ function: "greet", code: "not_found", status: 404, count: 1 }]]);
  clock.now = 1000;
  count({ code: "not_found", status: 404 });
  assert.deepEqual(told()[1], [
    { function: "greet", code: "not_found", status: 404, count: 4 },
    { function: "greet", code: "internal", status: 500, count: 1 },
  ]);
});

Deno.test("a database that does not take the counts fails nobody's request", async () => {
  const { count, lines } = scene(() => {
    throw new Error("away");
  });
  count({ code: "not_found", status: 404 });
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(lines[0]?.["event"], "problems_not_counted");
});
