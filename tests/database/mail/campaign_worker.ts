/** A worker of its own, to be killed: sends campaigns until nothing is due. Arguments: database, mail service. */
import { serviceCaller } from "../../../packages/database/database.ts";
import { directDatabase } from "../../../packages/database/direct.ts";
import { createLogger } from "../../../packages/http/log.ts";
import { drainJobs } from "../../../packages/jobs/drain.ts";
import { campaignSender } from "../../../packages/mail/campaign_job.ts";
import { resend } from "../../../packages/mail/service.ts";
import { unsubscribeLinks } from "../../../packages/mail/unsubscribe_links.ts";

const [url = "", apiUrl = ""] = Deno.args;
const database = directDatabase(url);
const mail = resend({ apiUrl, apiKey: "re_test", from: () => "Acme <acme@example.com>" });
const links = unsubscribeLinks("https://acme.example.com/f", "s".repeat(32));
await drainJobs({
  service: database.as(serviceCaller),
  handlers: { "mail.campaign": campaignSender(() => ({ mail, links })) },
  log: createLogger(() => {}),
  budgetMs: 60_000,
});
await database.close();
