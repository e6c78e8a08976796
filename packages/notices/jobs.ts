import type { JobHandler } from "../jobs/job.ts";
import type { Channel } from "./channel.ts";
import { emailFromEnv } from "./email.ts";
import type { ProductNotices } from "./notice.ts";
import { noticeSender } from "./send.ts";

/**
 * The jobs of notices by kind, for all products, with the mail service of the environment.
 *
 * @param others gives the other channels; null where the environment describes none.
 */
export function noticeJobs(
  products: readonly ProductNotices[],
  ...others: (() => Channel | null)[]
): Record<string, JobHandler> {
  const channels = () =>
    [...others, emailFromEnv].map((open) => open()).filter((channel) => channel !== null);
  return { "notices.send": noticeSender(products, channels) };
}
