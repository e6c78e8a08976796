import { z } from "zod";
import { readAnswer } from "../database/answer.ts";
import type { Session } from "../database/database.ts";
import { Problem } from "../http/problem.ts";
import type { JobContext, JobHandler } from "../jobs/job.ts";
import { type Mail, MailNotTaken, MailRefused, type MailService } from "./service.ts";
import { render, words } from "./template.ts";
import type { UnsubscribeLinks } from "./unsubscribe_links.ts";

const payload = z.object({ campaign_id: z.uuid() });

const state = z.enum(["draft", "scheduled", "sending", "completed", "cancelled"]);
const begun = z.object({ state, reason: z.string().optional() });

const batchShape = z.object({
  batch_id: z.uuid(),
  product: z.string(),
  template: words,
  messages: z.array(z.object({
    message_id: z.uuid(),
    to: z.string(),
    digest: z.string(),
    variables: z.record(z.string(), z.string()),
  })),
});

const claimed = z.object({
  batch: batchShape.optional(),
  state: state.optional(),
  wait_seconds: z.number().min(0).optional(),
});

type Batch = z.infer<typeof batchShape>;

/** What became of a message: its name at the service, why it was refused, or neither: it was sent. */
interface Result {
  [key: string]: string;
  message_id: string;
}

/** A message of a batch as it is sent. */
interface Letter {
  message_id: string;
  mail: Mail;
}

/** What sending needs. */
export interface CampaignDeps {
  /** Null while there is no mail service. */
  mail: MailService | null;
  links: UnsubscribeLinks;
}

/** The longest pause of the throttle, in seconds, that a worker waits for itself. */
const longestPause = 12;

/**
 * `mail.campaign`, payload `{campaign_id}`: sends a campaign that is due, batch by batch, as fast as
 * its throttle lets. A batch's request is the same however often it is made, and named by the batch,
 * so that a worker that dies and the next one together send it once.
 */
export function campaignSender(deps: () => CampaignDeps): JobHandler {
  return async (job, context) => {
    const { campaign_id } = payload.parse(job.payload);
    const { service, signal } = context;
    const { mail, links } = deps();
    if (!mail) return { retry: "There is no mail service." };
    const { state } = readAnswer(
      begun,
      await service.rpc("api", "begin_campaign", { campaign_id }),
    );
    let sent = 0;
    let wait_seconds = 0;
    while (state !== "draft" && state !== "scheduled" && !signal.aborted) {
      const next = readAnswer(
        claimed,
        await service.rpc("api", "claim_mail_batch", { campaign_id }),
      );
      if (next.batch) {
        await sendBatch(next.batch, campaign_id, { mail, links }, service);
        sent += next.batch.messages.length;
        await context.report({ sent });
        continue;
      }
      if (next.wait_seconds === undefined) return { done: { state: next.state ?? null, sent } };
      wait_seconds = next.wait_seconds;
      if (wait_seconds > longestPause) break;
      await pause(Math.max(wait_seconds, 0.1), context);
    }
    if (state === "draft" || state === "scheduled") return { done: { state, sent } };
    const seconds = Math.ceil(wait_seconds);
    await service.rpc("api", "continue_campaign", { campaign_id, wait_seconds: seconds });
    return { done: { state: "sending", sent } };
  };
}

async function sendBatch(
  batch: Batch,
  campaignId: string,
  { mail, links }: { mail: MailService; links: UnsubscribeLinks },
  service: Session,
): Promise<void> {
  const { batch_id, product } = batch;
  const refusals: Result[] = [];
  const letters: Letter[] = [];
  for (const message of batch.messages) {
    const mail = await written(message);
    if (typeof mail === "string") refusals.push({ message_id: message.message_id, reason: mail });
    else letters.push({ message_id: message.message_id, mail });
  }
  try {
    const results = letters.length === 0 ? [] : await together();
    await service.rpc("api", "finish_mail_batch", { batch_id, results: [...refusals, ...results] });
  } catch (error) {
    if (error instanceof MailNotTaken) {
      await service.rpc("api", "release_mail_batch", { batch_id });
    }
    throw error;
  }

  /** A person's mail; or why there is none, when what they are called does not fit the template: the others wait for nobody. */
  async function written(message: Batch["messages"][number]): Promise<Mail | string> {
    const { oneClick, page } = await links.of({ product, campaignId, digest: message.digest });
    try {
      return {
        ...render(batch.template, { ...message.variables, unsubscribe_url: page }),
        product,
        to: message.to,
        // RFC 8058: both, and covered by the service's DKIM signature.
        headers: {
          "List-Unsubscribe": `<${oneClick}>`,
          "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
      };
    } catch (error) {
      if (error instanceof Problem) return error.code;
      throw error;
    }
  }

  async function together(): Promise<Result[]> {
    try {
      const mails = letters.map(({ mail }) => mail);
      const ids = await mail.sendAll(mails, `campaign-batch/${batch_id}`) ?? [];
      return letters.map(({ message_id }, index) => resultOf(message_id, ids[index]));
    } catch (error) {
      // One address that the service does not take keeps the others of its batch from being sent.
      if (error instanceof MailRefused) return await oneByOne();
      throw error;
    }
  }

  async function oneByOne(): Promise<Result[]> {
    const results: Result[] = [];
    for (const { message_id, mail: letter } of letters) {
      try {
        const id = await mail.send(letter, `campaign-message/${message_id}`);
        results.push(resultOf(message_id, id ?? undefined));
      } catch (error) {
        if (!(error instanceof MailRefused)) throw error;
        results.push({ message_id, reason: error.message });
      }
    }
    return results;
  }
}

function resultOf(message_id: string, provider_message_id: string | undefined): Result {
  return provider_message_id === undefined ? { message_id } : { message_id, provider_message_id };
}

/** Waits, or until the worker's time is over. @param seconds how long */
function pause(seconds: number, { signal }: JobContext): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal.addEventListener("abort", end);
  });
}
