import { newUser, platformDatabase, type User } from "../harness/platform.ts";

/** A problem document, as every error answers. */
export type ProblemBody = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: { field: string; message: string }[];
} & Record<string, unknown>;

/** Signs somebody up who agrees to the use of their photos in MODERA. */
export async function consentingUser(): Promise<User> {
  const user = await newUser();
  const { error } = await user.client.schema("modera").rpc("give_consent");
  if (error) throw error;
  return user;
}

/** Signs somebody up who agrees to the use of their photos and holds `credits` in MODERA. */
export async function userWithCredits(credits: number): Promise<User> {
  const user = await consentingUser();
  const sql = platformDatabase();
  try {
    if (credits > 0) {
      await sql`select ledger.grant_credits('modera', ${user.id}, ${credits}, 'test-grant')`;
    }
  } finally {
    await sql.end();
  }
  return user;
}

/** What the ledger says of somebody in MODERA. */
export async function balanceOf(
  user: { id: string },
): Promise<{ posted: number; pending: number; available: number }> {
  const sql = platformDatabase();
  try {
    const [row] = await sql`select ledger.balance('modera', ${user.id}) as balance`;
    return row?.["balance"];
  } finally {
    await sql.end();
  }
}

/** A key that no other request uses. */
export function freshKey(): string {
  return crypto.randomUUID();
}

/** Signs up an admin of a product, or of all. */
export async function newAdmin(product = "*"): Promise<User> {
  const user = await newUser();
  const sql = platformDatabase();
  try {
    await sql`select private.appoint_admin(${user.id}, ${product}, 'test')`;
  } finally {
    await sql.end();
  }
  return user;
}
