import assert from "node:assert/strict";
import fc from "../harness/fast_check.ts";
import {
  Modera,
  type Person,
  type Started,
  type StartedAnalysis,
} from "../database/modera/modera.ts";

/** One step of a random life of try-ons and style analyses; `pick` chooses among those that were started. */
type Step =
  | { call: "tryOn" | "analyse" | "sweep" | "debit" }
  | { call: "retry" | "submit" | "complete" | "fail" | "refund"; pick: number }
  | { call: "wait"; minutes: number };

const pick = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ call: fc.constantFrom("tryOn" as const, "analyse" as const) }),
  },
  fc.record({ call: fc.constantFrom("sweep" as const, "debit" as const) }),
  {
    weight: 5,
    arbitrary: fc.record({
      call: fc.constantFrom(
        "retry" as const,
        "submit" as const,
        "complete" as const,
        "fail" as const,
        "refund" as const,
      ),
      pick,
    }),
  },
  fc.record({ call: fc.constant("wait" as const), minutes: fc.integer({ min: 1, max: 40 }) }),
);

/** Runs steps for one person and remembers what was started. */
class Life {
  readonly #started: Work[] = [];

  constructor(readonly modera: Modera, readonly person: Person) {}

  async run(next: Step): Promise<void> {
    const { modera, person } = this;
    if (next.call === "tryOn" || next.call === "analyse") return await this.#start(next.call);
    if (next.call === "sweep") return void await modera.service("expire_sessions", 100);
    if (next.call === "wait") {
      return void await modera.kernel.database.advanceClock(`${next.minutes} minutes`);
    }
    if (!("pick" in next)) {
      return void await modera.sql`
        select ledger.debit('modera', ${person.id}, 1, ${crypto.randomUUID()}, 'other')`;
    }
    const chosen = this.#started[next.pick % Math.max(1, this.#started.length)];
    if (!chosen) return;
    const { answer, start } = chosen;
    switch (next.call) {
      case "retry":
        return assert.deepEqual(await start(), { ...answer, replayed: true });
      case "submit":
        return void await modera.submitted(answer, `p-${answer.prediction_id}`);
      case "complete":
        return void await ("try_on_id" in answer
          ? modera.complete(person, answer)
          : modera.analysed(answer));
      case "fail":
        return void await modera.fail(answer);
      case "refund":
        return await this.#refund(answer);
    }
  }

  async #start(call: "tryOn" | "analyse"): Promise<void> {
    const { modera, person } = this;
    const [photo, garment] = [await modera.picture(person), await modera.picture(person)];
    const key = crypto.randomUUID();
    const start = () =>
      call === "tryOn"
        ? modera.start(person, { person: photo, garment, key })
        : modera.analyse(person, { photo, key });
    const answer = await start();
    if (!answer.refusal) this.#started.push({ answer, start });
  }

  async #refund({ session_id }: Work["answer"]): Promise<void> {
    await this.modera.service(
      "update_user_credits",
      this.person.userId,
      1,
      "refund",
      null,
      session_id,
    )
      .catch((error) => {
        if (!["not_found", "idempotency_conflict"].includes(error.message)) throw error;
      });
  }
}

/** What was started, and how to ask for it again. */
interface Work {
  answer: Started | StartedAnalysis;
  start(): Promise<Started | StartedAnalysis>;
}

/** What must be true after any program. */
async function check(modera: Modera, person: Person): Promise<void> {
  assert.deepEqual(await modera.kernel.verify(), []);
  const balance = await modera.balance(person);
  const [facts] = await modera.sql`
    select
      (select coalesce(sum(h.amount), 0)::int from modera.fashion_sessions s
        join jobs.predictions p on p.id = s.prediction_id join ledger.holds h on h.id = p.hold_id
        where s.user_id = ${person.userId} and s.status in ('active', 'processing')
          and h.expires_at > private.now()) as held,
      (select count(*)::int from modera.fashion_sessions s
        left join modera.virtual_tryons t on t.session_id = s.id
        left join modera.style_analyses a on a.session_id = s.id
        join jobs.predictions p on p.id = s.prediction_id join ledger.holds h on h.id = p.hold_id
        where s.user_id = ${person.userId} and ((s.status = 'completed') <> (h.state = 'captured') or s.credits_used <> h.captured
          or coalesce(t.credits_used, a.credits_used) is distinct from h.captured
          or (s.status in ('failed', 'expired') and h.state = 'open')
          or (s.status = 'completed') <> (t.result_image_url is not null or a.completed_at is not null))) as contradictions`;
  assert.deepEqual({ ...facts }, { held: balance.pending, contradictions: 0 });
  await modera.as("authenticated", person, async (tx) => {
    const [shown] = await tx`select credits::int,
      (select sum(credits_amount)::int from modera.credit_transactions) as history,
      (select credits_balance_after::int from modera.credit_transactions order by id desc limit 1) as newest
      from modera.users`;
    assert.deepEqual({ ...shown }, {
      credits: balance.available,
      history: balance.posted,
      newest: balance.posted,
    });
  });
}

Deno.test("M-21: no life of try-ons and style analyses makes sessions, holds, balance and history disagree", async () => {
  await using modera = await Modera.open();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (program) => {
      const person = await modera.person(24);
      const life = new Life(modera, person);
      for (const next of program) await life.run(next);
      await check(modera, person);
    }),
    { numRuns: 100 },
  );
});
