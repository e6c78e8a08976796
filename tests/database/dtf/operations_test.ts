import assert from "node:assert/strict";
import { Dtf } from "./dtf.ts";

interface Started {
  chain_id: string;
  image_id: string;
  credits_held: number;
  replayed: boolean;
  refusal?: { code: string };
}

interface Chain {
  status: string;
  progress: number;
  credits_held: number;
  credits_used: number;
  operations: {
    operation: string;
    status: string;
    price: number;
    credits_used: number;
    result_path: string | null;
    failure: { code: string } | null;
  }[];
}

const step = (operation: string, options = {}) => ({ operation, options });
const chainOf = (...operations: string[]) => operations.map((operation) => step(operation));
const three = chainOf("upscale", "background_removal", "vectorize");

/** Somebody with a picture and `credits`, and what the engine would say. */
async function scene(credits = 10) {
  const dtf = await Dtf.open();
  const user = await dtf.person(credits - 2);
  const image = await dtf.picture(user);
  const start = (steps: unknown, key = "k1", picture: string | null = image) =>
    dtf.call<Started>(user, "start_operations", picture, dtf.sql.json(steps as never), key);
  const predictions = async () =>
    (await dtf.sql`select o.prediction_id from dtf.image_operations o order by o.position`)
      .map((row) => String(row["prediction_id"]));
  const taken = (prediction: string) =>
    dtf.service("mark_operation_submitted", prediction, "replicate", `p-${prediction}`);
  const done = async (prediction: string, measures = { width: 20, height: 10 }) => {
    await taken(prediction);
    return await dtf.service<Record<string, unknown>>(
      "complete_operation",
      prediction,
      dtf.sql.json({ engine: "local", measures }),
      `${user}/${prediction}.png`,
    );
  };
  const read = (chain: string) => dtf.call<Chain>(user, "operations", chain);
  const deleted = async () =>
    (await dtf
      .sql`select payload ->> 'folder' as path from jobs.queue where kind = 'dtf.delete-files'`)
      .map((row) => row["path"]);
  const jobs = async () =>
    (await dtf.sql`select kind from jobs.queue where kind like 'dtf.%' order by created_at, kind`)
      .map((row) => row["kind"]);
  return {
    dtf,
    user,
    image,
    start,
    predictions,
    taken,
    done,
    read,
    deleted,
    jobs,
    [Symbol.asyncDispose]: () => dtf[Symbol.asyncDispose](),
  };
}

Deno.test("F-19: a chain is one hold, its steps follow each other, and it is charged once, at its end", async () => {
  await using s = await scene();
  const started = await s.start(three);
  assert.equal(started.credits_held, 4);
  assert.equal(await s.dtf.available(s.user), 6);
  assert.deepEqual(await s.jobs(), ["dtf.upscale"]);
  const [first, second, third] = await s.predictions();

  await s.done(first!);
  assert.deepEqual(await s.jobs(), ["dtf.upscale", "dtf.background-removal"]);
  const under = await s.dtf.service<Record<string, string>>("operation_submission", second!);
  assert.equal(under["path"], `${s.user}/${first}.png`);
  assert.equal((await s.read(started.chain_id)).status, "processing");
  assert.equal((await s.read(started.chain_id)).credits_used, 0);

  await s.done(second!);
  await s.done(third!);
  const ended = await s.read(started.chain_id);
  assert.deepEqual(
    [ended.status, ended.progress, ended.credits_held, ended.credits_used],
    ["completed", 100, 0, 4],
  );
  assert.deepEqual(ended.operations.map(({ credits_used }) => credits_used), [1, 1, 2]);
  assert.equal(await s.dtf.available(s.user), 6);
  const [image] = await s.dtf.sql`select * from dtf.images where id = ${s.image}`;
  assert.deepEqual([image!["processing_status"], image!["final_url"], image!["width"]], [
    "completed",
    `${s.user}/${third}.png`,
    20,
  ]);
  const [verified] = await s.dtf.sql`select count(*)::int as wrong from ledger.verify()`;
  assert.equal(verified!["wrong"], 0);
});

Deno.test("F-19: a step that fails stops the chain, gives everything back, and keeps nothing of it", async () => {
  await using s = await scene();
  const { chain_id } = await s.start(three);
  const [first, second] = await s.predictions();
  await s.done(first!);
  await s.taken(second!);
  await s.dtf.service("fail_operation", second!, "subject_not_found", "Nothing stands out.");
  assert.deepEqual(await s.deleted(), [`${s.user}/${first}.png`]);
  const { status, credits_used, credits_held, operations } = await s.read(chain_id);
  assert.deepEqual([status, credits_used, credits_held], ["failed", 0, 0]);
  assert.deepEqual(operations.map(({ failure }) => failure?.code), [
    undefined,
    "subject_not_found",
    "chain_stopped",
  ]);
  assert.ok(operations.every(({ result_path }) => result_path === null));
  assert.equal(await s.dtf.available(s.user), 10);
  // A result that comes too late is not charged, and starts nothing.
  const late = await s.done(second!);
  assert.equal(late["late"], true);
  assert.equal(await s.dtf.available(s.user), 10);
  const [image] = await s.dtf.sql`select * from dtf.images where id = ${s.image}`;
  assert.equal(image!["processing_status"], "completed");
});

Deno.test("F-20: what the steps of a chain made whose time is over is deleted before its picture is", async () => {
  await using s = await scene();
  const { chain_id } = await s.start(three);
  const [first] = await s.predictions();
  await s.done(first!);
  await s.dtf.kernel.database.advanceClock("61 minutes");
  await s.dtf.sql`select private.dtf_expire_operations()`;
  assert.equal((await s.read(chain_id)).status, "failed");
  assert.deepEqual(await s.deleted(), [`${s.user}/${first}.png`]);
  assert.equal(await s.dtf.available(s.user), 10);
});

Deno.test("not enough for the whole chain: nothing starts and nothing is held", async () => {
  await using s = await scene(3);
  const { refusal } = await s.start(three);
  assert.equal(refusal?.code, "insufficient_credits");
  assert.deepEqual([await s.dtf.available(s.user), await s.jobs()], [3, []]);
  const rows = await s.dtf.sql`select id from dtf.image_operations`;
  assert.equal(rows.length, 0);
  // The picture is free for another request.
  assert.equal((await s.start(chainOf("upscale"), "k2")).credits_held, 1);
});

Deno.test("the same key is the same chain, and another request under it is refused", async () => {
  await using s = await scene();
  const first = await s.start(three);
  const again = await s.start(three);
  assert.deepEqual([again.chain_id, again.credits_held, again.replayed], [first.chain_id, 4, true]);
  assert.equal(await s.dtf.available(s.user), 6);
  await assert.rejects(s.start(chainOf("upscale")), { code: "PT409" });
});

Deno.test("F-19: twenty starts at once with one key are one chain", async () => {
  await using s = await scene();
  const answers = await Promise.all(Array.from({ length: 20 }, () => s.start(three)));
  assert.equal(new Set(answers.map(({ chain_id }) => chain_id)).size, 1);
  assert.equal(await s.dtf.available(s.user), 6);
});

const impossible: [name: string, steps: unknown][] = [
  ["no step", []],
  ["eleven steps", chainOf(...Array(11).fill("upscale"))],
  ["an unknown operation", chainOf("sharpen")],
  ["no array", { operation: "upscale" }],
  ["null", null],
  ["a step without options", [{ operation: "upscale" }]],
  ["a step with something else", [{ operation: "upscale", options: {}, price: 0 }]],
  ["something after a drawing", chainOf("vectorize", "upscale")],
  ["something after a white layer", chainOf("underbase", "upscale")],
  ["generating over a picture", chainOf("generate")],
  ["generating in the middle", chainOf("upscale", "generate")],
];
Deno.test("what is no chain is refused, and nothing is held", async (t) => {
  await using s = await scene();
  for (const [name, steps] of impossible) {
    await t.step(name, () => assert.rejects(s.start(steps), { code: "PT422" }));
  }
  assert.equal(await s.dtf.available(s.user), 10);
});

Deno.test("another's picture, and one that is being worked on, are not touched", async () => {
  await using s = await scene();
  const stranger = await s.dtf.person();
  const theirs = await s.dtf.picture(stranger);
  await assert.rejects(s.start(chainOf("upscale"), "k1", theirs), { code: "PT404" });
  const { chain_id } = await s.start(chainOf("upscale"));
  await assert.rejects(s.start(chainOf("halftone"), "k2"), { code: "PT409" });
  await assert.rejects(s.dtf.call(stranger, "operations", chain_id), { code: "PT404" });
});

Deno.test("a white layer is a file of its own: the picture stays what is downloaded", async () => {
  await using s = await scene();
  await s.start(chainOf("background_removal", "underbase"));
  const [first, second] = await s.predictions();
  await s.done(first!);
  await s.done(second!);
  const [image] = await s.dtf.sql`select final_url from dtf.images where id = ${s.image}`;
  assert.equal(image!["final_url"], `${s.user}/${first}.png`);
});

Deno.test("a generated picture has a row of its own and is owned by who asked", async () => {
  await using s = await scene();
  const { image_id, credits_held } = await s.start(
    [step("generate", { prompt: "a cat" })],
    "g",
    null,
  );
  assert.equal(credits_held, 2);
  const [prediction] = await s.predictions();
  await s.dtf.service("fail_operation", prediction!, "prediction_failed", "No.");
  const [image] = await s.dtf.sql`select * from dtf.images where id = ${image_id}`;
  assert.deepEqual([image!["user_id"], image!["processing_status"]], [s.user, "failed"]);
  assert.equal(await s.dtf.available(s.user), 10);
});

Deno.test("F-22: the provider, its cost and its time are recorded, and users do not see the cost", async () => {
  await using s = await scene();
  await s.dtf
    .sql`insert into dtf.api_costs (api_provider, operation_type, cost_per_operation, effective_date)
    values ('replicate', 'upscale', 4200, '2020-01-01')`;
  await s.start(chainOf("upscale"));
  const [prediction] = await s.predictions();
  await s.done(prediction!);
  const [operation] = await s.dtf.sql`select * from dtf.image_operations`;
  assert.deepEqual([operation!["api_provider"], Number(operation!["api_cost"])], [
    "replicate",
    4200,
  ]);
  const [log] = await s.dtf.sql`select * from dtf.api_usage_logs`;
  assert.deepEqual([Number(log!["cost"]), log!["operation_type"]], [4200, "upscale"]);
  await assert.rejects(
    s.dtf.as("authenticated", s.user, (tx) => tx`select api_cost from dtf.image_operations`),
    { code: "42501" },
  );
});

Deno.test("a chain whose time is over is given up by the clock, and everything is given back", async () => {
  await using s = await scene();
  const { chain_id } = await s.start(three);
  await s.dtf.kernel.database.advanceClock("61 minutes");
  const [row] = await s.dtf.sql`select private.dtf_expire_operations() as expired`;
  assert.equal(row!["expired"], 1);
  const { status, operations } = await s.read(chain_id);
  assert.deepEqual([status, operations[0]!.failure?.code], ["failed", "operation_expired"]);
  assert.equal(await s.dtf.available(s.user), 10);
});

Deno.test("F-05, F-19: nobody but the service settles operations", async () => {
  await using s = await scene();
  await s.start(chainOf("upscale"));
  const [prediction] = await s.predictions();
  for (const name of ["operation_submission", "mark_operation_submitted", "complete_operation"]) {
    const values = [prediction!, "x", "y"].slice(0, name === "operation_submission" ? 1 : 3);
    await assert.rejects(s.dtf.call(s.user, name, ...values), { code: /42501|42883/ });
  }
  await assert.rejects(s.dtf.call(s.user, "fail_operation", prediction!, "x", "y"), {
    code: "42501",
  });
});
