/**
 * An address that stays and leads to where a test says: whoever is told it once need not be told of each server that a
 * test brings. 502 while it leads nowhere.
 */
export class Relay implements AsyncDisposable {
  target: string | null = null;
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => this.#pass(request),
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #pass(request: Request): Promise<Response> {
    if (this.target === null) return new Response(null, { status: 502 });
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    const body = method === "GET" ? null : await request.arrayBuffer();
    try {
      return await fetch(`${this.target}${pathname}${search}`, { method, headers, body });
    } catch (_endedMeanwhile) {
      return new Response(null, { status: 502 });
    }
  }
}
