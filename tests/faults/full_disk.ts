/** Stands before a platform and passes everything on, until its disk is full: then Storage takes nothing. */
export class FullDisk implements AsyncDisposable {
  full = false;
  refused = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #end = new AbortController();

  constructor(apiUrl: string) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, signal: this.#end.signal, onListen: () => {} },
      async (request) => {
        const { pathname, search } = new URL(request.url);
        const stores = pathname.startsWith("/storage/v1/object/") && request.method !== "GET";
        if (this.full && stores) {
          this.refused++;
          await request.body?.cancel();
          return Response.json({ message: "No space left on device" }, { status: 507 });
        }
        const answer = await fetch(`${apiUrl}${pathname}${search}`, {
          method: request.method,
          headers: request.headers,
          body: request.body,
        });
        return new Response(answer.body, { status: answer.status, headers: answer.headers });
      },
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Ends at once, also what it has not answered. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#server.finished;
  }
}
