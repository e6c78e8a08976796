/** A call of a Bot API method that the fake received. */
export interface BotCall {
  method: string;
  /** Its parameters; what was sent as a form is read from JSON where it is JSON. */
  payload: Record<string, unknown>;
  /** The bytes of files that were sent with it, by their field. */
  files: Record<string, Uint8Array>;
}

/** How the Bot API says no. */
export interface BotRefusal {
  error_code: number;
  description: string;
  parameters?: { retry_after: number };
}

type Answer = (call: BotCall) => unknown;

/** Telegram's Bot API on loopback for tests and the demo: keeps what the bot did, and has the files that it is given. */
export class FakeBotApi implements AsyncDisposable {
  readonly calls: BotCall[] = [];
  /** What `getFile` and the download of a file give, by file_id. */
  readonly files = new Map<string, Uint8Array>();
  readonly #answers = new Map<string, Answer>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #messages = 1000;

  constructor(readonly token: string) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#receive(request));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** From now on the method answers so, now or later; a refusal is one with an error_code. */
  answer(method: string, answer: Answer): void {
    this.#answers.set(method, answer);
  }

  /** Messages and pictures sent to a chat, in their order. */
  sentTo(chatId: number): BotCall[] {
    return this.calls.filter(({ method, payload }) =>
      method.startsWith("send") && Number(payload["chat_id"]) === chatId
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #receive(request: Request): Promise<Response> {
    const [, kind, bot, ...rest] = new URL(request.url).pathname.split("/");
    if (kind === "file") return this.#download(bot === `bot${this.token}`, rest.join("/"));
    const method = bot ?? "";
    if (kind !== `bot${this.token}`) {
      return refused({ error_code: 401, description: "Unauthorized" });
    }
    const call = await readCall(method, request);
    this.calls.push(call);
    const result = await (this.#answers.get(method) ?? ((asked) => this.#usual(asked)))(call);
    return isRefusal(result) ? refused(result) : Response.json({ ok: true, result });
  }

  #download(known: boolean, path: string): Response {
    const bytes = this.files.get(path.replace(/^photos\//, ""));
    return known && bytes
      ? new Response(bytes as Uint8Array<ArrayBuffer>)
      : new Response(null, { status: 404 });
  }

  #usual({ method, payload }: BotCall): unknown {
    if (method === "getFile") {
      const file_id = String(payload["file_id"]);
      const bytes = this.files.get(file_id);
      if (!bytes) return { error_code: 400, description: "Bad Request: invalid file_id" };
      return {
        file_id,
        file_unique_id: file_id,
        file_size: bytes.length,
        file_path: `photos/${file_id}`,
      };
    }
    if (method === "createInvoiceLink") return `https://t.me/$${crypto.randomUUID()}`;
    if (!method.startsWith("send")) return true;
    const chat = { id: Number(payload["chat_id"]), type: "private", first_name: "Robin" };
    return { message_id: this.#messages++, date: Math.floor(Date.now() / 1000), chat, text: "" };
  }
}

function isRefusal(result: unknown): result is BotRefusal {
  return typeof result === "object" && result !== null && "error_code" in result;
}

function refused(refusal: BotRefusal): Response {
  return Response.json({ ok: false, ...refusal }, { status: refusal.error_code });
}

async function readCall(method: string, request: Request): Promise<BotCall> {
  const call: BotCall = { method, payload: {}, files: {} };
  if (!request.headers.get("content-type")?.startsWith("multipart/")) {
    return { ...call, payload: await request.json().catch(() => ({})) };
  }
  for (const [name, value] of await request.formData()) {
    if (typeof value === "string") call.payload[name] = parsed(value);
    else call.files[name] = new Uint8Array(await value.arrayBuffer());
  }
  return call;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
