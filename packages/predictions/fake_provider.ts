/** A provider's API on loopback for tests: answers what it is told to, and keeps what it was asked. */
export class FakeProvider implements AsyncDisposable {
  readonly requests: {
    method: string;
    path: string;
    authorization: string | null;
    body: unknown;
  }[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #end = new AbortController();

  constructor(answer: (request: Request, path: string) => Response | Promise<Response>) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, signal: this.#end.signal, onListen: () => {} },
      async (request) => {
        const url = new URL(request.url);
        const text = await request.clone().text();
        this.requests.push({
          method: request.method,
          path: url.pathname + url.search,
          authorization: request.headers.get("authorization"),
          body: text ? JSON.parse(text) : null,
        });
        return await answer(request, url.pathname);
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Ends at once, also what it has not answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#server.finished;
  }
}
