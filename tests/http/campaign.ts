import { Webhook } from "standardwebhooks";
import { testPlatform } from "../harness/environment.ts";
import { callJson, platformDatabase, type User } from "../harness/platform.ts";
import { userWithCredits } from "./people.ts";

/** A campaign as admins see it. */
export interface Campaign {
  campaign_id: string;
  state: string;
  reason: string | null;
  recipients: number | null;
  messages: Record<string, number>;
  opened: number;
  clicked: number;
  unsubscribed: number;
}

let audiences = 0;

/** People who read a language that nobody else here does: an audience of their own. */
export async function audience(size: number): Promise<{ people: User[]; languages: string[] }> {
  const number = audiences++;
  const language = `q${letterOf(number / 26)}${letterOf(number)}`;
  const people = await Promise.all(Array.from({ length: size }, () => userWithCredits(0)));
  const sql = platformDatabase();
  try {
    await sql`update modera.profiles set language_code = ${language}, first_name = 'Kim'
      where auth_user_id = any (${people.map(({ id }) => id)})`;
  } finally {
    await sql.end();
  }
  return { people, languages: [language] };
}

function letterOf(number: number): string {
  return String.fromCharCode(97 + Math.floor(number) % 26);
}

const text = "Hello {{first_name}}, {{offer}}. {{unsubscribe_url}}";

/** Saves a template that a campaign may use, but for the differences; returns its name. */
export async function saveTemplate(admin: User, change: object = {}): Promise<string> {
  const name = `test-${crypto.randomUUID()}`;
  const variables = [{ name: "first_name", type: "text", default: "you" }, {
    name: "offer",
    type: "text",
  }];
  const body = {
    subject: "Hello {{first_name}}",
    html: `<p>${text}</p>`,
    text,
    variables,
    ...change,
  };
  const { status } = await callJson(`email-templates/${name}?product=modera`, {
    caller: admin,
    method: "PUT",
    body,
  });
  if (status !== 200) throw new Error(`The template was refused: ${status}.`);
  return name;
}

/** Drafts a campaign; everything but the audience is given unless said. */
export async function draft(admin: User, change: object): Promise<string> {
  const body = {
    product: "modera",
    name: "Test",
    template: await saveTemplate(admin),
    variables: { offer: "an offer" },
    per_minute: 60_000,
    ...change,
  };
  const answer = await callJson<Campaign>("email-campaigns", { caller: admin, body });
  if (answer.status !== 201) throw new Error(`The campaign was refused: ${answer.status}.`);
  return answer.body.campaign_id;
}

/** What the mail service tells of a message, signed by it, but for the differences. */
export function mailEvent(
  type: string,
  emailId: string,
  difference: { id?: string; at?: Date; secret?: string; sent?: string; bounce?: string } = {},
) {
  const id = difference.id ?? `msg_${crypto.randomUUID()}`;
  const at = difference.at ?? new Date();
  const said = JSON.stringify({
    type,
    created_at: at.toISOString(),
    data: { email_id: emailId, ...(difference.bounce && { bounce: { type: difference.bounce } }) },
  });
  const secret = difference.secret ?? testPlatform().mail_webhook_secret;
  const headers = {
    "content-type": "application/json",
    "svix-id": id,
    "svix-timestamp": String(Math.floor(at.getTime() / 1000)),
    "svix-signature": new Webhook(secret).sign(id, at, said),
  };
  const body = new TextEncoder().encode(difference.sent ?? said);
  return callJson<{ outcome?: string; code?: string }>("email-webhook", {
    method: "POST",
    headers,
    body,
  });
}
