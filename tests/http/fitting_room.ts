import { FakeProvider } from "../../packages/predictions/fake_provider.ts";
import { callJson, restartFunctions, type User } from "../harness/platform.ts";
import { freshKey } from "./people.ts";

/** The smallest picture: one transparent pixel as PNG. */
export const pixel = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  ),
  (char) => char.charCodeAt(0),
);

/** What the engine was asked for. */
export interface Asked {
  id: string;
  person: string;
  garment: string;
  webhook: string;
}

type Ending = { output: string[] } | { error: { name: string; message: string } };

/** An AI provider that speaks FASHN's protocol and ends its predictions when a test says so. */
export class FittingRoom implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** When it answers that it has taken what it was asked for; at once unless said. */
  taking: Promise<void> = Promise.resolve();
  readonly #endings = new Map<string, Ending>();
  readonly #provider: FakeProvider;

  private constructor() {
    this.#provider = new FakeProvider((request, path) => this.#answer(request, path));
  }

  /** Opens it and points the functions at it. */
  static async open(): Promise<FittingRoom> {
    const room = new FittingRoom();
    await restartFunctions({
      PREDICTION_PROVIDER: "fashn",
      FASHN_API_URL: room.#provider.url,
      FASHN_API_KEY: "test",
      FASHN_WEBHOOK_SECRET: "a secret of this test",
      FASHN_OUTPUT_HOSTS: room.#provider.host,
    });
    return room;
  }

  /** The address of a picture that it serves. */
  get picture(): string {
    return `${this.#provider.url}/picture.png`;
  }

  /** Ends a prediction without telling anybody. */
  end(asked: Asked, ending: Ending): void {
    this.#endings.set(asked.id, ending);
  }

  /** Tells that a prediction has changed. */
  tell(asked: Asked): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return fetch(asked.webhook, {
      method: "POST",
      headers,
      body: JSON.stringify({ id: asked.id }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await restartFunctions({ PREDICTION_PROVIDER: "replicate" });
    await this.#provider[Symbol.asyncDispose]();
  }

  async #answer(request: Request, path: string): Promise<Response> {
    if (path === "/picture.png") return new Response(pixel);
    if (path === "/v1/run") {
      const { inputs } = await request.json();
      const id = crypto.randomUUID();
      const webhook = new URL(request.url).searchParams.get("webhook_url") ?? "";
      this.asked.push({ id, webhook, person: inputs.model_image, garment: inputs.garment_image });
      await this.taking;
      return Response.json({ id });
    }
    const id = path.replace("/v1/status/", "");
    if (!this.asked.some((asked) => asked.id === id)) return new Response(null, { status: 404 });
    const ending = this.#endings.get(id);
    if (!ending) return Response.json({ id, status: "processing" });
    return Response.json({ id, status: "output" in ending ? "completed" : "failed", ...ending });
  }
}

/** A try-on as the function answers it. */
export type TryOnBody = {
  try_on_id: string;
  session_id: string;
  status: string;
  credits_held: number;
  credits_used: number;
  result_url: string | null;
  engine: string | null;
  failure: { code: string; message: string } | null;
};

/** Uploads a picture to somebody's own folder and returns its path. */
export async function uploaded(user: User, bytes: Uint8Array = pixel): Promise<string> {
  const path = `${user.id}/${crypto.randomUUID()}.png`;
  const { error } = await user.client.storage.from("modera-inputs")
    .upload(path, bytes, { contentType: "image/png" });
  if (error) throw error;
  return path;
}

/** Asks for a try-on of two new pictures. */
export async function startTryOn<T = TryOnBody>(
  user: User,
  change: { body?: Record<string, unknown>; key?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; body: T }> {
  const [person_path, garment_path] = await Promise.all([uploaded(user), uploaded(user)]);
  return await callJson<T>("try-on", {
    caller: user,
    key: change.key ?? freshKey(),
    headers: change.headers ?? {},
    body: { product: "modera", person_path, garment_path, ...change.body },
  });
}

/** How somebody's try-on stands. */
export async function readTryOn(user: User, id: string): Promise<TryOnBody> {
  return (await callJson<TryOnBody>(`try-on/${id}`, { caller: user })).body;
}
