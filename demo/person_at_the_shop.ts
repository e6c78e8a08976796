import { createClient, FunctionsHttpError, type SupabaseClient } from "@supabase/supabase-js";

/** The answer of a function: its status and JSON. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** A signed-up person with an app that speaks to Tessera through supabase-js. */
export class PersonAtTheShop {
  private constructor(readonly client: SupabaseClient, readonly id: string) {}

  /** Signs somebody new up with an e-mail address and a password. */
  static async signUp(apiUrl: string, publishableKey: string): Promise<PersonAtTheShop> {
    const client = createClient(apiUrl, publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false },
    });
    const { data, error } = await client.auth.signUp({
      email: `shopper-${crypto.randomUUID().slice(0, 8)}@example.com`,
      password: crypto.randomUUID(),
    });
    if (error || !data.user) throw error ?? new Error("Auth made no user.");
    return new PersonAtTheShop(client, data.user.id);
  }

  /** Calls a function; what moves value gets an idempotency key of its own. */
  async post(name: string, body: Record<string, unknown>): Promise<Answer> {
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    return await answerOf(this.client.functions.invoke(name, { method: "POST", body, headers }));
  }

  /** Reads from a function. */
  async get(path: string): Promise<Answer> {
    return await answerOf(this.client.functions.invoke(path, { method: "GET" }));
  }

  /** Agrees to the use of photos, without which none is taken. */
  async consent(): Promise<Answer["body"]> {
    const { data, error } = await this.client.schema("modera").rpc("give_consent");
    if (error) throw new Error(error.message);
    return data;
  }

  /** Puts a picture into the person's own folder and returns its path. */
  async upload(file: string): Promise<string> {
    const path = `${this.id}/${crypto.randomUUID()}.png`;
    const { error } = await this.client.storage.from("modera-inputs")
      .upload(path, await Deno.readFile(file), { contentType: "image/png" });
    if (error) throw error;
    return path;
  }

  /** The credits that can be spent. */
  async available(): Promise<number> {
    const { body } = await this.get("credit-balance?product=modera");
    return (body["balance"] as { available: number }).available;
  }

  /** The state of an invoice, as its owner sees it. */
  async invoiceState(number: unknown): Promise<string> {
    const { data, error } = await this.client.schema("modera").from("payment_invoices")
      .select("status").eq("invoice_id", number).single();
    if (error) throw new Error(error.message);
    return data["status"];
  }
}

async function answerOf(call: ReturnType<SupabaseClient["functions"]["invoke"]>): Promise<Answer> {
  const { data, error, response } = await call;
  if (!error) return { status: response?.status ?? 200, body: data as Answer["body"] };
  if (!(error instanceof FunctionsHttpError)) throw error;
  const refused: Response = error.context;
  return { status: refused.status, body: await refused.json() };
}
