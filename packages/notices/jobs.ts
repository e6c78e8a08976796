import type { JobHandler } from "../jobs/job.ts";
import { emailFromEnv } from "./email.ts";
import type { ProductNotices } from "./notice.ts";
import { noticeSender } from "./send.ts";

/** The jobs of notices by kind, for all products, with the mail service of the environment. */
export function noticeJobs(...products: ProductNotices[]): Record<string, JobHandler> {
  const channels = () => [emailFromEnv()].filter((channel) => channel !== null);
  return { "notices.send": noticeSender(products, channels) };
}
