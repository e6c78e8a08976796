import { FakeProvider } from "../../packages/predictions/fake_provider.ts";
import { pixel } from "../http/fitting_room.ts";
import { inSetting } from "../harness/setting.ts";

/** How a provider can behave badly. */
export type Mood =
  | "well"
  | "refuses connections"
  | "answers 500"
  | "takes longer than anybody waits"
  | "tells twice at once"
  | "tells after the end"
  | "tells of another's prediction";

interface Taken {
  id: string;
  webhook: string;
  succeeds: boolean;
  endsAt: number;
}

/** How long a slow answer takes, in milliseconds: longer than anybody waits (15 s). */
const slowMs = inSetting(16_000, 60_000);

/** A try-on provider that speaks FASHN's protocol, ends its predictions by itself, and has moods. */
export class UnreliableRoom implements AsyncDisposable {
  mood: Mood = "well";
  /** Predictions taken. */
  readonly taken: Taken[] = [];
  /** Messages sent, by mood. */
  readonly told: Partial<Record<Mood, number>> = {};
  readonly #provider = new FakeProvider((request, path) => this.#answer(request, path));
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #telling = new Set<Promise<unknown>>();

  get environment(): Record<string, string> {
    return {
      PREDICTION_PROVIDER: "fashn",
      FASHN_API_URL: this.#provider.url,
      FASHN_API_KEY: "test",
      FASHN_WEBHOOK_SECRET: "a secret of the faults",
      FASHN_OUTPUT_HOSTS: this.#provider.host,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.allSettled(this.#telling);
    await this.#provider[Symbol.asyncDispose]();
  }

  async #answer(request: Request, path: string): Promise<Response> {
    if (this.mood === "refuses connections") return new Response(null, { status: 503 });
    if (this.mood === "answers 500") return new Response("<html>oops</html>", { status: 500 });
    if (this.mood === "takes longer than anybody waits") await this.#sleep(slowMs);
    if (path === "/picture.png") return new Response(pixel);
    if (path === "/v1/run") return Response.json({ id: this.#take(request) });
    const found = this.taken.find(({ id }) => path === `/v1/status/${id}`);
    if (!found) return new Response(null, { status: 404 });
    if (found.endsAt > performance.now()) {
      return Response.json({ id: found.id, status: "processing" });
    }
    return Response.json(
      found.succeeds
        ? { id: found.id, status: "completed", output: [`${this.#provider.url}/picture.png`] }
        : {
          id: found.id,
          status: "failed",
          error: { name: "PoseError", message: "No pose was found." },
        },
    );
  }

  #take(request: Request): string {
    const webhook = new URL(request.url).searchParams.get("webhook_url") ?? "";
    const late = this.mood === "tells after the end";
    const wait = late ? Infinity : 50 + Math.random() * 300;
    const taken = {
      id: crypto.randomUUID(),
      webhook,
      succeeds: Math.random() < 0.8,
      endsAt: performance.now() + wait,
    };
    this.taken.push(taken);
    if (!late) this.#later(wait + 10, () => this.#tell(taken));
    return taken.id;
  }

  /** The predictions that end when `tellKept` is called. */
  get kept(): string[] {
    return this.taken.filter(({ endsAt }) => endsAt === Infinity).map(({ id }) => id);
  }

  /** Ends and tells what was taken in the mood to tell after the end. */
  tellKept(): void {
    for (const taken of this.taken.filter(({ endsAt }) => endsAt === Infinity)) {
      taken.endsAt = performance.now();
      this.#post(taken.webhook, taken.id, "tells after the end");
    }
  }

  #tell(taken: Taken): void {
    const copies = this.mood === "tells twice at once" ? 3 : 1;
    for (let copy = 0; copy < copies; copy++) this.#post(taken.webhook, taken.id);
    if (this.mood === "tells of another's prediction") {
      const other = this.taken[Math.floor(Math.random() * this.taken.length)];
      if (other && other !== taken) this.#post(other.webhook, taken.id);
    }
  }

  #post(webhook: string, id: string, mood = this.mood): void {
    this.told[mood] = (this.told[mood] ?? 0) + 1;
    const telling = fetch(webhook, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id }),
    }).then((answer) => answer.body?.cancel()).catch(() => {});
    this.#telling.add(telling);
    telling.finally(() => this.#telling.delete(telling));
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#later(ms, resolve));
  }

  #later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }
}
