/**
 * `npm run demo`: the main job on real input. A person signs up, buys credits through Stripe, tries a garment on and sees the
 * picture; what fails costs nothing; what is not paid expires; and the ledger proves itself.
 */
import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";
import { progressOnStderr, startPlatform } from "../packages/platform/mod.ts";
import { PersonAtTheShop } from "./person_at_the_shop.ts";
import { sideBySide } from "./side_by_side.ts";
import { until } from "./until.ts";

const root = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
const out = `${root}/out`;
const started = performance.now();
const print = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

/** Does one step and prints what came of it and how long it took. */
async function step<T>(label: string, work: () => Promise<[result: T, shown: string]>): Promise<T> {
  const begun = performance.now();
  const [result, shown] = await work();
  print(
    `${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${
      label.padEnd(38)
    } ${shown}`,
  );
  return result;
}

const progress = progressOnStderr("demo");
const platform = await startPlatform({ root, port: 0, progress });
try {
  await Deno.mkdir(out, { recursive: true });
  await run();
  print(
    `\nDone in ${
      ((performance.now() - started) / 1000).toFixed(1)
    } s. See out/try-on.png and out/demo.png.`,
  );
} finally {
  await platform.stop();
}

async function run(): Promise<void> {
  const { api_url, publishable_key, secret_key } = platform;

  const person = await step("Sign up", async () => {
    const one = await PersonAtTheShop.signUp(api_url, publishable_key);
    return [one, one.id];
  });

  const invoice = await step("Check out the basic pack", async () => {
    const { status, body } = await person.post("checkout", {
      product: "modera",
      offer: "basic",
      currency: "USD",
    });
    assert.equal(status, 201, JSON.stringify(body));
    return [
      body,
      `${body["number"]}: ${Number(body["amount"]) / 100} ${body["currency"]} for ${
        body["credits"]
      } credits`,
    ];
  });

  await step("Pay on Stripe's page", async () => {
    const paid = await fetch(`${invoice["url"]}/complete`, { method: "POST", redirect: "manual" });
    await paid.body?.cancel();
    assert.ok(paid.status < 400, `the page answered ${paid.status}`);
    return [undefined, String(invoice["url"])];
  });

  await step("The signed webhook grants the credits", async () => {
    const credits = await until(
      "the grant",
      () => person.available(),
      (available) => available > 0,
    );
    assert.equal(credits, 50);
    return [undefined, `${credits} credits`];
  });

  await step("Agree to the use of photos", async () => {
    const { version, recorded_at } = await person.consent();
    return [undefined, `terms ${version}, ${recorded_at}`];
  });

  const [personPath, garmentPath, landscapePath] = await step(
    "Upload person, garment and a landscape",
    async () => {
      const files = ["person", "garment", "landscape"].map((name) =>
        person.upload(`${root}/demo/${name}.png`)
      );
      return [await Promise.all(files), "three pictures in the person's own folder"];
    },
  );

  const tryOn = await step("Try the garment on", async () => {
    const body = { product: "modera", person_path: personPath, garment_path: garmentPath };
    const begun = await person.post("try-on", body);
    assert.equal(begun.status, 202, JSON.stringify(begun.body));
    return [begun.body, `202 ${begun.body["status"]}, ${begun.body["credits_held"]} credits held`];
  });

  await step("The picture is ready", async () => {
    const ended = await finished(person, tryOn["try_on_id"]);
    assert.equal(ended["status"], "completed", JSON.stringify(ended));
    const picture = await fetch(String(ended["result_url"]));
    assert.ok(picture.ok);
    const png = new Uint8Array(await picture.arrayBuffer());
    await Deno.writeFile(`${out}/try-on.png`, png);
    const pictures = [`${root}/demo/person.png`, `${root}/demo/garment.png`, png];
    await Deno.writeFile(`${out}/demo.png`, await sideBySide(pictures));
    return [
      undefined,
      `quality ${ended["quality_score"]}, confidence ${ended["confidence_score"]} (${
        ended["engine"]
      })`,
    ];
  });

  await step("Three credits were charged", async () => {
    const credits = await person.available();
    assert.equal(credits, 47);
    return [undefined, `${credits} credits`];
  });

  await step("A picture with no person fails", async () => {
    const body = { product: "modera", person_path: landscapePath, garment_path: garmentPath };
    const begun = await person.post("try-on", body);
    assert.equal(begun.status, 202, JSON.stringify(begun.body));
    const ended = await finished(person, begun.body["try_on_id"]);
    assert.equal(ended["status"], "failed");
    assert.equal(await person.available(), 47);
    const { code, message } = ended["failure"] as { code: string; message: string };
    return [undefined, `${code}: ${message} Still 47 credits`];
  });

  await step("An invoice that is not paid expires", async () => {
    const { body } = await person.post("checkout", {
      product: "modera",
      offer: "premium",
      currency: "USD",
    });
    await platform.advanceClock({ minutes: 61 });
    await until(
      "the expiry",
      () => person.invoiceState(body["number"]),
      (state) => state === "expired",
    );
    return [undefined, `${body["number"]}, one hour later by the platform's clock, by cron`];
  });

  print("\nStatement");
  const { body: account } = await person.get("credit-balance?product=modera");
  for (const entry of account["entries"] as Record<string, unknown>[]) {
    const amount = Number(entry["amount"]);
    print(
      `  ${String(entry["created_at"]).slice(0, 19)}  ${String(entry["kind"]).padEnd(8)} ${
        `${amount > 0 ? "+" : ""}${amount}`.padStart(5)
      }  balance ${entry["balance_after"]}  ${entry["feature"] ?? ""}`,
    );
  }

  const service = createClient(api_url, secret_key, { auth: { persistSession: false } });
  const { data: differences, error } = await service.schema("api").rpc("verify_ledger");
  assert.equal(error, null);
  assert.deepEqual(differences, []);
  print("\nledger.verify(): no differences");
}

/** Looks until a try-on has ended. */
async function finished(person: PersonAtTheShop, id: unknown): Promise<Record<string, unknown>> {
  const { body } = await until(
    "the try-on",
    () => person.get(`try-on/${id}`),
    ({ body }) =>
      body["status"] === "completed" || body["status"] === "failed" || body["status"] === "expired",
  );
  return body;
}
