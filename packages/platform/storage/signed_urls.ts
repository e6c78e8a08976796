import { sign, verify } from "hono/jwt";
import type { ObjectPath } from "./object_path.ts";
import { StorageProblem } from "./problem.ts";

/** What a signed address allows. */
export type Purpose = "download" | "upload";

/** What is signed: one object, one purpose, until a moment. */
interface Ticket {
  url: string;
  purpose: Purpose;
  owner: string | null;
  upsert: boolean;
  exp: number;
}

/** Tokens of signed addresses; the platform's own secret, with a prefix so that no access token passes for one. */
export class SignedUrls {
  readonly #secret: string;

  constructor(jwtSecret: string) {
    this.#secret = `storage-url:${jwtSecret}`;
  }

  /** A token for one object; `seconds` from now until it runs out. */
  async token(
    purpose: Purpose,
    path: ObjectPath,
    seconds: number,
    { owner = null, upsert = false }: { owner?: string | null; upsert?: boolean } = {},
  ): Promise<string> {
    const exp = Math.floor(Date.now() / 1000) + seconds;
    const ticket: Ticket = { url: urlOf(path), purpose, owner, upsert, exp };
    return await sign({ ...ticket }, this.#secret, "HS256");
  }

  /** @throws StorageProblem when the token is not for this object and purpose, or ran out. */
  async check(
    purpose: Purpose,
    path: ObjectPath,
    token: string | null,
  ): Promise<Pick<Ticket, "owner" | "upsert">> {
    const ticket = await verify(token ?? "", this.#secret, "HS256").catch(() => null) as
      | Ticket
      | null;
    if (ticket?.purpose === purpose && ticket.url === urlOf(path)) return ticket;
    throw new StorageProblem(400, "InvalidJWT", "The signed address is not valid, or has run out");
  }
}

/** @throws StorageProblem unless it is a number of seconds from 1 to a year. */
export function expirySeconds(value: unknown): number {
  if (Number.isInteger(value) && Number(value) > 0 && Number(value) <= 31_536_000) {
    return Number(value);
  }
  throw new StorageProblem(400, "InvalidRequest", "expiresIn must be a number of seconds");
}

function urlOf({ bucket, name }: ObjectPath): string {
  return `${bucket}/${name}`;
}
