import type { JobHandler } from "../jobs/job.ts";
import { campaignSender } from "./campaign_job.ts";
import { mailFromEnv } from "./service.ts";
import { unsubscribeLinksFromEnv } from "./unsubscribe_links.ts";

/** The jobs of mail by kind, for all products, with the mail service of the environment. */
export function mailJobs(): Record<string, JobHandler> {
  const deps = () => ({ mail: mailFromEnv(), links: unsubscribeLinksFromEnv() });
  return { "mail.campaign": campaignSender(deps) };
}
