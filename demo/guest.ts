import assert from "node:assert/strict";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { createTesseraClient, type Result, type TesseraClient } from "../packages/client/mod.ts";
import type { Platform } from "../packages/platform/mod.ts";

/** Somebody who is signed in: Supabase for Auth, data and files, Tessera for everything else. */
export class Guest {
  private constructor(
    readonly product: string,
    readonly id: string,
    readonly email: string,
    readonly supabase: SupabaseClient,
    readonly tessera: TesseraClient,
  ) {}

  /** Signs somebody new up with an e-mail address. */
  static async signUp(
    { api_url, publishable_key }: Platform,
    product: string,
    name: string,
  ): Promise<Guest> {
    const supabase = createClient(api_url, publishable_key, {
      auth: { persistSession: false, autoRefreshToken: false },
    });
    const email = `${name}-${crypto.randomUUID().slice(0, 8)}@example.com`;
    const { data, error } = await supabase.auth.signUp({ email, password: crypto.randomUUID() });
    if (error || !data.user) throw error ?? new Error("Auth made no user.");
    const tessera = createTesseraClient({
      url: api_url,
      publishableKey: publishable_key,
      supabase,
    });
    return new Guest(product, data.user.id, email, supabase, tessera);
  }

  /** The credits that can be spent. */
  async credits(): Promise<number> {
    return done(await this.tessera.creditBalance({ product: this.product })).balance.available;
  }
}

/** What a call answered. @throws AssertionError with the problem when it was one. */
export function done<T>({ data, error }: Result<T>): T {
  assert.equal(error, null, JSON.stringify(error));
  return data as T;
}
