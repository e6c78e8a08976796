import { FakeProvider } from "../../packages/predictions/fake_provider.ts";
import { restartFunctions } from "../harness/platform.ts";

/** The smallest picture: one transparent pixel as PNG. */
export const pixel = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  ),
  (char) => char.charCodeAt(0),
);

/** What a provider was asked for. */
export interface Asked {
  id: string;
  /** Which model, in the provider's words. */
  model: string;
  /** Addresses of pictures, by the provider's names. */
  inputs: Record<string, string>;
  webhook: string;
}

/** An AI provider on loopback that ends its predictions when a test says so; adapters give it a protocol. */
export abstract class PlayedProvider<Ending> implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** When it answers that it has taken what it was asked for; at once unless said. */
  taking: Promise<void> = Promise.resolve();
  readonly #endings = new Map<string, Ending>();
  readonly #provider = new FakeProvider((request, path) => this.#answer(request, path));

  /** What points the functions at this provider. */
  protected abstract environment(provider: FakeProvider): Record<string, string>;
  /** What a request asks for, or null when it asks how a prediction stands. */
  protected abstract taken(request: Request): Promise<Omit<Asked, "id"> | null>;
  /** A prediction as the protocol shows it. */
  protected abstract shown(id: string, ending?: Ending): Record<string, unknown>;

  /** Headers that prove that a message is the provider's. */
  protected signature(_body: string): Record<string, string> {
    return {};
  }

  protected async opened(): Promise<this> {
    await restartFunctions(this.environment(this.#provider));
    return this;
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
  tell({ id, webhook }: Asked): Promise<Response> {
    const body = JSON.stringify(this.shown(id, this.#endings.get(id)));
    const headers = { "content-type": "application/json", ...this.signature(body) };
    return fetch(webhook, { method: "POST", headers, body });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const names = Object.keys(this.environment(this.#provider));
    await restartFunctions(Object.fromEntries(names.map((name) => [name, null])));
    await this.#provider[Symbol.asyncDispose]();
  }

  async #answer(request: Request, path: string): Promise<Response> {
    if (path === "/picture.png") return new Response(pixel);
    const taken = await this.taken(request);
    if (taken) {
      const asked = { id: crypto.randomUUID(), ...taken };
      this.asked.push(asked);
      await this.taking;
      return Response.json(this.shown(asked.id));
    }
    const asked = this.asked.find(({ id }) => path.split("/").includes(id));
    if (!asked) return new Response(null, { status: 404 });
    return Response.json(this.shown(asked.id, this.#endings.get(asked.id)));
  }
}
