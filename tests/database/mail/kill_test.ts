import assert from "node:assert/strict";
import { Post } from "./post.ts";

interface Request {
  to: [string];
}

/** At which moment of a request to the mail service the worker is killed. */
type Moment = "before it arrives" | "after it was taken" | "after it was answered";

/** A mail service that remembers keys as Resend does, and kills the worker at moments of its requests. */
class DeadlyMail implements AsyncDisposable {
  /** How many mails each address got. */
  readonly got = new Map<string, number>();
  repeated = 0;
  #worker: Deno.ChildProcess | undefined;
  readonly #answers = new Map<string, { body: string; answer: string }>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(readonly moments: Moment[]) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Which worker the moments are for. */
  attend(worker: Deno.ChildProcess): void {
    this.#worker = worker;
  }

  async #answer(request: globalThis.Request): Promise<Response> {
    const key = request.headers.get("idempotency-key") ?? "";
    const body = await request.text();
    // What a killed worker still had on its way is taken like everything else.
    const moment = this.#worker ? this.moments.shift() : undefined;
    if (moment === "before it arrives") return this.#kill();
    const answer = this.#take(key, body);
    if (moment === "after it was taken") return this.#kill();
    if (moment) {
      const worker = this.#worker;
      this.#worker = undefined;
      setTimeout(() => worker?.kill("SIGKILL"), 1);
    }
    return new Response(answer);
  }

  #take(key: string, body: string): string {
    const known = this.#answers.get(key);
    if (known) {
      this.repeated++;
      assert.equal(body, known.body, "A key was used for another request.");
      return known.answer;
    }
    const mails: Request[] = JSON.parse(body);
    for (const { to: [address] } of mails) {
      this.got.set(address, (this.got.get(address) ?? 0) + 1);
    }
    const answer = JSON.stringify({ data: mails.map(() => ({ id: crypto.randomUUID() })) });
    this.#answers.set(key, { body, answer });
    return answer;
  }

  #kill(): Response {
    this.#worker?.kill("SIGKILL");
    this.#worker = undefined;
    return new Response(null, { status: 503 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }
}

Deno.test("a worker that is killed five times mails nobody twice, and everybody once", async () => {
  await using post = await Post.open();
  await post.template("news");
  await post.crowd(900);
  const campaign = await post.draft();
  await post.asAdmin("schedule_campaign", { campaign_id: campaign });
  await using mail = new DeadlyMail([
    "after it was taken",
    "before it arrives",
    "after it was answered",
    "after it was taken",
    "after it was taken",
  ]);
  const script = new URL("campaign_worker.ts", import.meta.url).pathname;
  let killed = 0;
  for (let run = 0; run < 12; run++) {
    const args = ["run", "-A", "--no-lock", script, post.kernel.database.url, mail.url];
    const command = new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" });
    const worker = command.spawn();
    mail.attend(worker);
    if ((await worker.status).signal === "SIGKILL") killed++;
    const [row] = await post.kernel.sql`select state from mail.campaigns where id = ${campaign}`;
    if (row?.["state"] === "completed") break;
    await post.kernel.database.advanceClock("3 minutes");
  }
  assert.equal(killed, 5);
  assert.equal(mail.got.size, 900);
  assert.deepEqual([...mail.got.values()].filter((times) => times !== 1), []);
  assert.ok(mail.repeated >= 3, "what was taken before a kill was asked for again");
  assert.deepEqual(await post.states(campaign), { sent: 900 });
});
