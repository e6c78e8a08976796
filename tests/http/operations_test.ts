import assert from "node:assert/strict";
import sharp from "sharp";
import { document, flatLogo } from "../../packages/imaging/drawing/artwork.ts";
import { eventually } from "../harness/eventually.ts";
import { callJson, newUser, platformDatabase, type User } from "../harness/platform.ts";
import { confirm, reservedPicture, uploadedPicture } from "./gallery.ts";
import { freshKey, type ProblemBody } from "./people.ts";

interface Chain {
  chain_id: string;
  image_id: string;
  status: string;
  progress: number;
  credits_held: number;
  credits_used: number;
  operations: {
    operation: string;
    status: string;
    measures: Record<string, unknown> | null;
    credits_used: number;
    failure: { code: string; message: string } | null;
    result_url: string | null;
    preview_url: string | null;
  }[];
}

async function run<T>(work: (sql: ReturnType<typeof platformDatabase>) => Promise<T>): Promise<T> {
  const sql = platformDatabase();
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

/** Somebody of DTF Editor with `credits`, and the two that everybody is given. */
async function printer(credits = 20): Promise<User> {
  const user = await newUser();
  await run(async (sql) => {
    await sql`select private.dtf_admit(${user.id})`;
    await sql`select ledger.grant_credits('dtf', ${user.id}, ${credits}, ${`t/${user.id}`})`;
  });
  return user;
}

function available(user: User): Promise<number> {
  return run(async (sql) => {
    const [row] = await sql`select ledger.balance('dtf', ${user.id}) as balance`;
    return row!["balance"].available;
  });
}

const logo = (ground = "#ffffff") => sharp(document(flatLogo(), ground, 400, 300)).png().toBuffer();

const ask = (user: User | undefined, slug: string, body: unknown, key = freshKey()) =>
  callJson<Chain & ProblemBody>(slug, { ...(user ? { caller: user } : {}), body, key });

/** Begins, and looks until it has ended. */
async function finished(user: User, slug: string, body: unknown): Promise<Chain> {
  const begun = await ask(user, slug, body);
  assert.equal(begun.status, 202, JSON.stringify(begun.body));
  return await eventually(
    async () =>
      (await callJson<Chain>(`${slug}/${begun.body.chain_id}`, { caller: user, method: "GET" }))
        .body,
    ({ status }) => status === "completed" || status === "failed",
    90_000,
  );
}

Deno.test("upscale, background removal and vectorise are one request with one receipt", async () => {
  const user = await printer();
  const before = await available(user);
  const image_id = (await uploadedPicture(user, await logo())).image_id;
  const chain = await finished(user, "upscale", {
    image_id,
    scale: 2,
    then: [{ operation: "background_removal" }, {
      operation: "vectorize",
      options: { colours: 8 },
    }],
  });
  assert.equal(chain.status, "completed", JSON.stringify(chain.operations));
  assert.deepEqual([chain.progress, chain.credits_used, chain.credits_held], [100, 4, 0]);
  assert.equal(await available(user), before - 4);
  const [large, cut, drawing] = chain.operations;
  assert.deepEqual([large!.measures!["width"], cut!.measures!["by"]], [800, "plain-ground"]);
  assert.ok(Number(drawing!.measures!["paths"]) > 10);
  const svg = await (await fetch(drawing!.result_url ?? "")).text();
  assert.match(svg, /^<svg /);
  assert.doesNotMatch(svg, /script/);
});

Deno.test("a white layer comes with a preview", async () => {
  const user = await printer();
  const image_id = (await uploadedPicture(user, await logo())).image_id;
  const chain = await finished(user, "underbase", { image_id, choke: 3, shirt: "#203040" });
  assert.equal(chain.status, "completed", JSON.stringify(chain.operations));
  for (const address of [chain.operations[0]!.result_url, chain.operations[0]!.preview_url]) {
    const { width } = await sharp(await (await fetch(address ?? "")).arrayBuffer()).metadata();
    assert.equal(width, 400);
  }
});

Deno.test("F-19: a step that cannot be done gives everything back, with a reason that people understand", async () => {
  const user = await printer();
  const before = await available(user);
  const empty = await sharp(document("", "#ffffff", 400, 300)).png().toBuffer();
  const image_id = (await uploadedPicture(user, empty)).image_id;
  const chain = await finished(user, "upscale", {
    image_id,
    then: [{ operation: "background_removal" }, { operation: "vectorize" }],
  });
  assert.deepEqual([chain.status, chain.credits_used], ["failed", 0]);
  assert.deepEqual(chain.operations.map(({ failure }) => failure?.code), [
    undefined,
    "subject_not_found",
    "chain_stopped",
  ]);
  assert.match(chain.operations[1]!.failure!.message, /^[A-Z].*\.$/);
  assert.equal(chain.operations[0]!.result_url, null);
  assert.equal(await available(user), before);
});

Deno.test("without a provider nothing is generated and nothing held", async () => {
  const user = await printer();
  const before = await available(user);
  const { status, body, headers } = await ask(user, "generate", { prompt: "A cat" });
  assert.deepEqual([status, body.code], [503, "provider_unavailable"]);
  assert.ok(headers.get("retry-after"));
  assert.equal(await available(user), before);
});

Deno.test("what cannot be asked is refused by name, and nothing is held", async (t) => {
  const user = await printer(3);
  const before = await available(user);
  const image_id = (await uploadedPicture(user, await logo())).image_id;
  const wrong: [name: string, slug: string, body: unknown, status: number, code: string][] = [
    [
      "an unknown operation",
      "upscale",
      { image_id, then: [{ operation: "sharpen" }] },
      422,
      "invalid_request",
    ],
    [
      "a cycle",
      "upscale",
      {
        image_id,
        then: [{ operation: "halftone", name: "a", after: "b" }, {
          operation: "halftone",
          name: "b",
          after: "a",
        }],
      },
      422,
      "chain_impossible",
    ],
    [
      "a step after a drawing",
      "vectorize",
      { image_id, then: [{ operation: "upscale" }] },
      422,
      "chain_impossible",
    ],
    ["three times larger", "upscale", { image_id, scale: 3 }, 422, "invalid_request"],
    ["an option of another operation", "upscale", { image_id, choke: 2 }, 422, "invalid_request"],
    ["a picture that is not there", "upscale", { image_id: crypto.randomUUID() }, 404, "not_found"],
    ["a picture that is no id", "upscale", { image_id: "x" }, 422, "invalid_request"],
    ["no picture", "halftone", {}, 422, "invalid_request"],
    [
      "more than there are credits for",
      "upscale",
      {
        image_id,
        then: Array(9).fill({ operation: "halftone" }),
      },
      402,
      "insufficient_credits",
    ],
  ];
  for (const [name, slug, body, status, code] of wrong) {
    await t.step(name, async () => {
      const answer = await ask(user, slug, body);
      assert.deepEqual(
        [answer.status, answer.body.code],
        [status, code],
        JSON.stringify(answer.body),
      );
      assert.equal(await available(user), before);
    });
  }
  await t.step("a picture that was refused", async () => {
    const refused = await reservedPicture(user, new TextEncoder().encode("PK\x03\x04, named .png"));
    assert.equal((await confirm<ProblemBody>(user, refused.image_id)).status, 415);
    const answer = await ask(user, "upscale", { image_id: refused.image_id });
    assert.deepEqual([answer.status, answer.body.code], [409, "illegal_transition"]);
    assert.equal(await available(user), before);
  });
  await t.step("another's picture", async () => {
    const answer = await ask(await printer(), "upscale", { image_id });
    assert.deepEqual([answer.status, answer.body.code], [404, "not_found"]);
  });
});

Deno.test("the same key is the same request, and another's is not shown", async () => {
  const user = await printer();
  const image_id = (await uploadedPicture(user, await logo())).image_id;
  const key = freshKey();
  const body = { image_id, colour: "#ffffff" };
  const [one, two] = [
    await ask(user, "color-knockout", body, key),
    await ask(user, "color-knockout", body, key),
  ];
  assert.equal(one.body.chain_id, two.body.chain_id);
  const path = `color-knockout/${one.body.chain_id}`;
  const seen = await callJson<ProblemBody>(path, { caller: await printer(), method: "GET" });
  assert.deepEqual([seen.status, seen.body.code], [404, "not_found"]);
});
