import assert from "node:assert/strict";
import { serviceCaller } from "../database/database.ts";
import { fakeDatabase } from "../http/fakes.ts";
import { attempt } from "../jobs/fakes.ts";
import { campaignSender } from "./campaign_job.ts";
import type { Mail } from "./service.ts";
import { unsubscribeLinks } from "./unsubscribe_links.ts";

const campaign_id = crypto.randomUUID();
const template = {
  subject: "News",
  html: "<a href='{{company}}'>Yours</a>",
  text: "{{company}}",
  variables: [{ name: "company", type: "url" }],
};

Deno.test("what one person calls themselves does not keep a campaign from the others", async () => {
  const people = ["https://example.com", "javascript:alert(1)", "https://example.org"];
  const messages = people.map((company) => ({
    message_id: crypto.randomUUID(),
    to: "kim@example.com",
    digest: "0".repeat(64),
    variables: { company },
  }));
  const batches = [{ batch_id: crypto.randomUUID(), product: "dtf", template, messages }];
  const sent: Mail[] = [];
  const database = fakeDatabase({
    begin_campaign: () => ({ state: "sending" }),
    claim_mail_batch: () => {
      const batch = batches.shift();
      return batch ? { batch } : { state: "completed" };
    },
    finish_mail_batch: () => null,
  });
  const sender = campaignSender(() => ({
    links: unsubscribeLinks("https://example.com", "a secret of 32 characters, or more"),
    mail: {
      send: () => Promise.resolve(null),
      sendAll: (mails) => {
        sent.push(...mails);
        return Promise.resolve(mails.map((_, index) => `mail-${index}`));
      },
    },
  }));
  const service = database.as(serviceCaller);
  await attempt(sender, { payload: { campaign_id } }, { service });
  assert.deepEqual(sent.map(({ text }) => text), ["https://example.com", "https://example.org"]);
  const [first, second, third] = messages.map(({ message_id }) => message_id);
  const finish = database.calls.find(({ name }) => name === "finish_mail_batch");
  assert.deepEqual(finish?.args["results"], [
    { message_id: second, reason: "invalid_request" },
    { message_id: first, provider_message_id: "mail-0" },
    { message_id: third, provider_message_id: "mail-1" },
  ]);
});
