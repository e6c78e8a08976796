import assert from "node:assert/strict";
import type { Entry } from "../packages/client/shapes.ts";
import { payPage } from "./paying.ts";
import { PersonAtTheShop } from "./person_at_the_shop.ts";
import { printStatement, proveLedger } from "./proof.ts";
import { sideBySide } from "./side_by_side.ts";
import type { Stage } from "./stage.ts";
import { until } from "./until.ts";

/**
 * The main job: a person signs up, buys credits through Stripe, tries a garment on and sees the
 * picture; what fails costs nothing; what is not paid expires; and the ledger proves itself.
 */
export async function mainJob(stage: Stage): Promise<void> {
  const { platform, root, out, step, print } = stage;
  const { api_url, publishable_key } = platform;

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
    await payPage(String(invoice["url"]));
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
    const sheet = await sideBySide([pictures.map((picture) => ({ picture }))]);
    await Deno.writeFile(`${out}/demo.png`, sheet);
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

  const { body: account } = await person.get("credit-balance?product=modera");
  printStatement(stage, account["entries"] as Entry[]);
  await proveLedger(stage);
  print("\nSee out/try-on.png and out/demo.png.");
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
