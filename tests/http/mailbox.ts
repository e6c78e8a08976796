import { testPlatform } from "../harness/environment.ts";
import { eventually } from "../harness/eventually.ts";

/** A mail as the emulated service keeps it. */
export interface Mail {
  id: string;
  from: string;
  to: string[];
  subject: string;
  html: string;
  text: string;
}

/** All mail that was sent to an address so far. */
export async function mailTo(address: string): Promise<Mail[]> {
  const { mail_url } = testPlatform();
  const answer = await fetch(`${mail_url}/emails`);
  const { data } = await answer.json() as { data: Mail[] };
  return data.filter(({ to }) => [to].flat().includes(address));
}

/** The first mails to an address, at least `count` of them. */
export function mailsTo(address: string, count = 1): Promise<Mail[]> {
  return eventually(() => mailTo(address), ({ length }) => length >= count);
}

/** The first mail to an address with this subject. */
export async function mailAbout(address: string, subject: string): Promise<Mail> {
  const about = (mails: Mail[]) => mails.find((mail) => mail.subject === subject);
  return about(await eventually(() => mailTo(address), (mails) => about(mails) !== undefined))!;
}
