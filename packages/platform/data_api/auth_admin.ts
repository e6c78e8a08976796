import { z } from "zod";
import type { Keys } from "../keys.ts";
import type { Sql } from "../postgres/connect.ts";
import type { Service } from "./lite.ts";

const newUser = z.object({
  id: z.uuid().optional(),
  email: z.email(),
  email_confirm: z.boolean().default(false),
  app_metadata: z.record(z.string(), z.unknown()).default({}),
  user_metadata: z.record(z.string(), z.unknown()).default({}),
});

const magicLink = z.object({ type: z.literal("magiclink"), email: z.email() });

/** An error in the form that auth-js reads. */
class AuthProblem extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

/**
 * Auth with the part of its admin API that lite lacks and this project's functions use: create, read and
 * delete a user, and make a magic link without sending it. Passwords are not taken.
 *
 * @param sql connections as `supabase_auth_admin`.
 */
export function withAdminApi(auth: Service, sql: Sql, keys: Keys): Service {
  const admin = new AuthAdmin(sql);
  return {
    ...auth,
    async fetch(request) {
      const path = /^\/auth\/v1\/admin\/(.*)$/.exec(new URL(request.url).pathname)?.[1];
      if (path === undefined) return await auth.fetch(request);
      try {
        requireSecretKey(request, keys);
        return Response.json(await admin.answer(request, path));
      } catch (reason) {
        if (!(reason instanceof AuthProblem)) throw reason;
        const { status, code, message } = reason;
        return Response.json({ code: status, error_code: code, msg: message }, { status });
      }
    },
  };
}

function requireSecretKey(request: Request, keys: Keys): void {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const key = bearer ?? request.headers.get("apikey");
  if (key !== keys.secret && key !== keys.automations) {
    throw new AuthProblem(403, "not_admin", "User not allowed");
  }
}

class AuthAdmin {
  constructor(readonly sql: Sql) {}

  async answer(request: Request, path: string): Promise<unknown> {
    const id = /^users\/([0-9a-f-]{36})$/i.exec(path)?.[1];
    if (request.method === "POST" && path === "users") {
      return await this.#create(await read(request, newUser));
    }
    if (request.method === "POST" && path === "generate_link") {
      return await this.#link(await read(request, magicLink));
    }
    if (request.method === "GET" && id) return await this.#user(id);
    if (request.method === "DELETE" && id) return await this.#delete(id);
    throw new AuthProblem(501, "not_implemented", "Not part of this platform");
  }

  async #create(user: z.infer<typeof newUser>): Promise<unknown> {
    const { sql } = this;
    const email = user.email.toLowerCase();
    const id = user.id ?? crypto.randomUUID();
    const facts = { sub: id, email, email_verified: user.email_confirm };
    const provider = { provider: "email", providers: ["email"] };
    const made = await sql.begin(async (sql) => {
      const rows = await sql`
        insert into auth.users (id, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
        values (${id}, ${email}, case when ${user.email_confirm} then now() end,
          ${sql.json({ ...provider, ...user.app_metadata } as never)}, ${
        sql.json(user.user_metadata as never)
      })
        on conflict do nothing returning id`;
      if (rows.length === 0) return false;
      await sql`
        insert into auth.identities (id, provider, provider_id, user_id, identity_data)
        values (${crypto.randomUUID()}, 'email', ${id}, ${id}, ${sql.json(facts)})`;
      return true;
    });
    if (made) return await this.#user(id);
    throw new AuthProblem(
      422,
      "email_exists",
      "A user with this email address has already been registered",
    );
  }

  async #user(id: string): Promise<Record<string, unknown>> {
    const [user] = await this.sql`
      select id, aud, role, email, coalesce(phone, '') as phone, email_confirmed_at, confirmed_at, last_sign_in_at,
        raw_app_meta_data as app_metadata, raw_user_meta_data as user_metadata, created_at, updated_at, is_anonymous
      from auth.users where id = ${id}`;
    if (!user) throw new AuthProblem(404, "user_not_found", "User not found");
    const identities = await this.sql`
      select id as identity_id, provider_id as id, user_id, identity_data, provider, email, created_at, updated_at
      from auth.identities where user_id = ${id}`;
    return { ...user, identities };
  }

  async #delete(id: string): Promise<Record<string, never>> {
    await this.#user(id);
    await this.sql`delete from auth.users where id = ${id}`;
    return {};
  }

  /** What a magic link's e-mail would hold; the token is good once, for as long as lite takes it. */
  async #link({ type, email }: z.infer<typeof magicLink>): Promise<unknown> {
    const hashed_token = crypto.getRandomValues(new Uint8Array(32)).toHex();
    const [row] = await this.sql<{ id: string }[]>`
      update auth.users set recovery_token = ${hashed_token}, recovery_sent_at = now()
      where email = ${email.toLowerCase()} returning id`;
    if (!row) throw new AuthProblem(404, "user_not_found", "User with this email not found");
    return {
      ...await this.#user(row.id),
      action_link: "",
      email_otp: "",
      hashed_token,
      redirect_to: "",
      verification_type: type,
    };
  }
}

async function read<T>(request: Request, shape: z.ZodType<T>): Promise<T> {
  const input = shape.safeParse(await request.json().catch(() => null));
  if (input.success) return input.data;
  throw new AuthProblem(422, "validation_failed", z.prettifyError(input.error));
}
