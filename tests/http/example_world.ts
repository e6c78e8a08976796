import { exampleIds } from "../../packages/http/example_ids.ts";
import { callJson, platformDatabase, type User } from "../harness/platform.ts";
import { pixel, startTryOn } from "./fitting_room.ts";
import { freshKey, userWithCredits } from "./people.ts";
import { initDataOf, newTelegramUser } from "./telegram.ts";

/** Whom the examples are about: somebody with credits and pictures, and an admin. */
export class ExampleWorld {
  private constructor(readonly person: User, readonly admin: User) {}

  static async make(): Promise<ExampleWorld> {
    const [person, admin] = [await userWithCredits(1000), await userWithCredits(0)];
    await run((sql) => sql`select private.appoint_admin(${admin.id}, '*', 'The examples.')`);
    for (const name of ["me.png", "shirt.png"]) {
      const { error } = await person.client.storage.from("modera-inputs")
        .upload(`${person.id}/${name}`, pixel, { contentType: "image/png" });
      if (error) throw error;
    }
    return new ExampleWorld(person, admin);
  }

  /** What stands for each example id here; made anew for each request that names one. */
  readonly #real: Record<keyof typeof exampleIds, () => Promise<string>> = {
    user: () => Promise.resolve(this.person.id),
    tryOn: async () => (await startTryOn(this.person)).body.try_on_id,
    session: async () => (await startTryOn(this.person)).body.session_id,
    initData: () => initDataOf(newTelegramUser()),
    deadJob: () =>
      run(async (sql) => {
        const kind = `example.${crypto.randomUUID()}`;
        const [job] = await sql`select jobs.enqueue(${kind}, '{}') as id`;
        await sql`select jobs.claim(${[kind]}, 'example')`;
        await sql`select jobs.fail(${job!["id"]}, 'example', 'It cannot be done.', false)`;
        return job!["id"];
      }),
    reconciliation: async () => {
      const request = { caller: this.admin, key: freshKey(), body: {} };
      const { body } = await callJson<{ job_id: string }>("reconciliation", request);
      return body.job_id;
    },
  };

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
