import { exampleIds } from "../../packages/http/example_ids.ts";
import { unsubscribeLinks } from "../../packages/mail/unsubscribe_links.ts";
import { testPlatform } from "../harness/environment.ts";
import {
  completedAnalysis,
  makePartner,
  makeProducts,
  makeRecommendation,
} from "../database/modera/shops.ts";
import { callJson, newUser, platformDatabase, service, type User } from "../harness/platform.ts";
import { pixel, startTryOn } from "./fitting_room.ts";
import { madeCollection, reservedPicture, uploadedPicture } from "./gallery.ts";
import { freshKey, userWithCredits } from "./people.ts";
import { endSubscription, subscribe } from "./plans.ts";
import { columnsOf, csv, Shop } from "./shop.ts";
import { paidSale } from "./stripe.ts";
import { startStyleAnalysis } from "./styling_room.ts";
import { initDataOf, newTelegramUser } from "./telegram.ts";

/** Whom the examples are about: somebody with credits and pictures, and an admin. */
export class ExampleWorld {
  private constructor(readonly person: User, readonly admin: User, readonly shop: Shop) {}

  static async make(): Promise<ExampleWorld> {
    const [person, admin] = [await userWithCredits(1000), await userWithCredits(0)];
    await run(async (sql) => {
      await sql`select private.dtf_admit(${person.id})`;
      await sql`select ledger.grant_credits('dtf', ${person.id}, 1000, ${`example/${person.id}`})`;
    });
    await run((sql) => sql`select private.appoint_admin(${admin.id}, '*', 'The examples.')`);
    for (const name of ["me.png", "shirt.png"]) {
      const { error } = await person.client.storage.from("modera-inputs")
        .upload(`${person.id}/${name}`, pixel, { contentType: "image/png" });
      if (error) throw error;
    }
    const shop = await Shop.open();
    const { error } = await service().storage.from("modera-feeds")
      .upload(`${shop.code}/spring.csv`, csv([columnsOf("p1")]), { contentType: "text/csv" });
    if (error) throw error;
    await run(async (sql) => await makeProducts(sql, await makePartner(sql), [{}, {}]));
    return new ExampleWorld(person, admin, shop);
  }

  /** What stands for each example id here; made anew for each request that names one. */
  readonly #real: Record<keyof typeof exampleIds, () => Promise<string>> = {
    user: () => Promise.resolve(this.person.id),
    tryOn: async () => (await startTryOn(this.person)).body.try_on_id,
    styleAnalysis: async () => (await startStyleAnalysis(this.person)).body.style_analysis_id,
    operations: async () => {
      const { body } = await callJson<{ chain_id: string }>("upscale", {
        caller: this.person,
        key: freshKey(),
        body: { image_id: (await uploadedPicture(this.person)).image_id },
      });
      return body.chain_id;
    },
    image: async () => (await uploadedPicture(this.person)).image_id,
    uploadedImage: async () => (await reservedPicture(this.person)).image_id,
    collection: async () => (await madeCollection(this.person, false)).collection_id,
    publicCollection: async () => (await madeCollection(this.person, true)).collection_id,
    // One that nothing works on: a try-on may have ended by the time it is cancelled.
    session: async () => {
      const { body } = await callJson<{ session_id: string }>("session-start", {
        caller: this.person,
        key: freshKey(),
        body: { product: "modera", type: "tryon" },
      });
      return body.session_id;
    },
    finishedTryOn: () => this.#finishedTryOn(),
    offer: () =>
      run(async (sql) => {
        const code = `example-${crypto.randomUUID()}`;
        await sql`select billing.publish_price('modera', ${code}, 'USD', 100, 1)`;
        return code;
      }),
    cost: () =>
      run(async (sql) => {
        const [row] = await sql`
          insert into dtf.api_costs (api_provider, operation_type, cost_per_operation, effective_date)
          values (${`x${
          crypto.randomUUID().slice(0, 8)
        }`}, 'upscale', 1, '2099-01-01') returning id`;
        return row!["id"];
      }),
    share: async () => (await this.#share()).share_id,
    shareToken: async () => (await this.#share()).url.replace(/^.*\//, ""),
    export: () =>
      run(async (sql) => {
        await sql`insert into private.account_exports (user_id, key)
          values (${this.person.id}, 'example') on conflict do nothing`;
        const [row] = await sql`select id from private.account_exports
          where user_id = ${this.person.id} limit 1`;
        return row!["id"];
      }),
    partner: () => Promise.resolve(this.shop.code),
    feedImport: () =>
      run(async (sql) => {
        const [made] = await sql`
          insert into modera.feed_imports (partner_id, key, fingerprint, path, etag, format, is_full)
          select p.id, gen_random_uuid(), '', p.code || '/spring.csv', '', 'csv', true
          from modera.partners p where p.code = ${this.shop.code}
          on conflict do nothing returning id`;
        if (made) return made["id"];
        const [known] = await sql`
          select i.id from modera.feed_imports i join modera.partners p on p.id = i.partner_id
          where p.code = ${this.shop.code} limit 1`;
        return known!["id"];
      }),
    analysis: () => run((sql) => this.#analysis(sql)),
    recommendation: () => this.#recommendation(),
    clickToken: async () => {
      const id = await this.#recommendation();
      const { body } = await callJson<{ recommendations: { link: string }[] }>(
        "recommendations?page_size=100",
        { caller: this.person },
      );
      const link = body.recommendations.map((one) => new URL(one.link).searchParams)
        .find((search) => search.get("recommendation") === id);
      return link?.get("token") ?? "";
    },
    initData: () => initDataOf(newTelegramUser()),
    deadJob: () =>
      run(async (sql) => {
        const kind = `example.${crypto.randomUUID()}`;
        const [job] = await sql`select jobs.enqueue(${kind}, '{}') as id`;
        await sql`select jobs.claim(${[kind]}, 'example')`;
        await sql`select jobs.fail(${job!["id"]}, 'example', 'It cannot be done.', false)`;
        return job!["id"];
      }),
    template: () => this.#template(),
    newTemplate: () => Promise.resolve(`new-${crypto.randomUUID()}`),
    campaign: async () => {
      const body = { product: "modera", name: "Example", template: await this.#template() };
      const request = { caller: this.admin, body };
      return (await callJson<{ campaign_id: string }>("email-campaigns", request)).body.campaign_id;
    },
    unsubscribeToken: async () => {
      const links = unsubscribeLinks("https://example.com", testPlatform().mail_link_secret);
      const { oneClick } = await links.of({
        product: "modera",
        campaignId: crypto.randomUUID(),
        digest: "0".repeat(64),
      });
      return new URL(oneClick).searchParams.get("token") ?? "";
    },
    // Bought by somebody who is neither leaving nor closed nor has bought much just now.
    paidInvoice: async () => (await paidSale(await newUser())).invoice_id,
    reconciliation: async () => {
      const request = { caller: this.admin, key: freshKey(), body: {} };
      const { body } = await callJson<{ job_id: string }>("reconciliation", request);
      return body.job_id;
    },
  };

  async #analysis(sql: ReturnType<typeof platformDatabase>): Promise<string> {
    const [profile] =
      await sql`select id from modera.profiles where auth_user_id = ${this.person.id}`;
    return await completedAnalysis(sql, profile!["id"]);
  }

  #saved: Promise<string> | undefined;

  /** A template that a campaign of MODERA may use. */
  #template(): Promise<string> {
    return this.#saved ??= (async () => {
      const name = `example-${crypto.randomUUID()}`;
      const text = "Hello {{first_name}}, {{offer}}. {{unsubscribe_url}}";
      const variables = ["first_name", "offer"].map((name) => ({
        name,
        type: "text",
        default: "you",
      }));
      const body = { subject: "Spring", html: text, text, variables };
      await callJson(`email-templates/${name}?product=modera`, {
        caller: this.admin,
        method: "PUT",
        body,
      });
      return name;
    })();
  }

  #recommended: Promise<string> | undefined;

  /** One and the same, so that its link fits it. */
  #recommendation(): Promise<string> {
    return this.#recommended ??= run(async (sql) => {
      const partner = await makePartner(sql);
      const analysis = await this.#analysis(sql);
      const [profile] = await sql`select user_id from modera.style_analyses where id = ${analysis}`;
      const data = {
        title: "Linen dress",
        brand: null,
        colour: "navy",
        sizes: [],
        price: 100,
        currency: "USD",
        image_url: null,
      };
      return await makeRecommendation(sql, {
        userId: profile!["user_id"],
        analysis,
        partner,
        data,
      });
    });
  }

  async #finishedTryOn(): Promise<string> {
    const { id } = this.person;
    const path = `${id}/${crypto.randomUUID()}.png`;
    const { error } = await service().storage.from("modera-results")
      .upload(path, pixel, { contentType: "image/png" });
    if (error) throw error;
    return await run(async (sql) => {
      const [tryOn] = await sql`
        with session as (
          insert into modera.fashion_sessions (user_id, session_type, status, completed_at)
          select p.id, 'tryon', 'completed', private.now() from modera.profiles p where p.auth_user_id = ${id}
          returning id, user_id)
        insert into modera.virtual_tryons (session_id, user_id, person_image_url, clothing_image_url, result_image_url, completed_at)
        select s.id, s.user_id, ${path}, ${path}, ${path}, private.now() from session s returning id`;
      return tryOn!["id"];
    });
  }

  async #share(): Promise<{ share_id: string; url: string }> {
    const body = { try_on_id: await this.#finishedTryOn() };
    return (await callJson<{ share_id: string; url: string }>("share", {
      caller: this.person,
      body,
    }))
      .body;
  }

  /** What has to be so before an operation can be shown. */
  async prepareFor(operationId: string): Promise<void> {
    // Nothing is sold to whoever leaves, as an example before this one may have asked.
    if (!operationId.includes("AccountErasure")) {
      await run((sql) =>
        sql`update private.account_erasures set state = 'cancelled', cancelled_at = private.now()
          where user_id = ${this.person.id} and state = 'requested'`
      );
    }
    if (operationId === "postSubscribe") return await endSubscription(this.person);
    const needs = /^post(Subscription(Change|Cancel|CancelResume)|BillingPortal)$/;
    if (!needs.test(operationId)) return;
    await endSubscription(this.person);
    await subscribe(this.person, "basic");
  }

  /** The same value with this world's ids in the place of the examples'. */
  async own<T>(value: T): Promise<T> {
    let text = JSON.stringify(value);
    for (const [name, id] of Object.entries(exampleIds)) {
      if (!text.includes(id)) continue;
      text = text.replaceAll(id, await this.#real[name as keyof typeof exampleIds]());
    }
    return JSON.parse(text);
  }
}

async function run<T>(work: (sql: ReturnType<typeof platformDatabase>) => PromiseLike<T>) {
  const sql = platformDatabase();
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}
