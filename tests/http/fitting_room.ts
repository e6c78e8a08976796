import type { FakeProvider } from "../../packages/predictions/fake_provider.ts";
import { callJson, type User } from "../harness/platform.ts";
import { freshKey } from "./people.ts";
import { type Asked, pixel, PlayedProvider } from "./played_provider.ts";

export { type Asked, pixel };

type Ending = { output: string[] } | { error: { name: string; message: string } };

/** An AI provider that speaks FASHN's protocol and ends its predictions when a test says so. */
export class FittingRoom extends PlayedProvider<Ending> {
  /** Opens it and points the functions at it. */
  static async open(): Promise<FittingRoom> {
    return await new FittingRoom().opened();
  }

  protected environment({ url, host }: FakeProvider): Record<string, string> {
    return {
      PREDICTION_PROVIDER: "fashn",
      FASHN_API_URL: url,
      FASHN_API_KEY: "test",
      FASHN_WEBHOOK_SECRET: "a secret of this test",
      FASHN_OUTPUT_HOSTS: host,
    };
  }

  protected async taken(request: Request): Promise<Omit<Asked, "id"> | null> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/v1/run") return null;
    const { inputs, model_name } = await request.json();
    return { inputs, model: model_name, webhook: searchParams.get("webhook_url") ?? "" };
  }

  protected shown(id: string, ending?: Ending): Record<string, unknown> {
    if (!ending) return { id, status: "processing" };
    return { id, status: "output" in ending ? "completed" : "failed", ...ending };
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
