import { z } from "zod";
import { readAnswer } from "../../database/answer.ts";
import { exampleIds } from "../../http/example_ids.ts";
import { type Route, route } from "../../http/route.ts";
import { shopAddress } from "./shop_address.ts";

/** What names a partner in addresses. */
export const partnerCode = z.string().regex(/^[a-z][a-z0-9-]{1,31}$/, "A partner's code.");

/** A host by its name alone; letters of other alphabets become ASCII, as browsers write them. */
const domain = z.string().max(253).transform((name, context) => {
  const address = /^[^/:@?#\\\s]+$/.test(name) ? shopAddress(`https://${name}/`) : undefined;
  if (address) return new URL(address).hostname;
  context.addIssue({ code: "custom", message: "A host's name, such as shop.example.com." });
  return z.NEVER;
});

const partnerBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  domains: z.array(domain).min(1).max(20)
    .describe("Exactly these hosts may have its products; hosts below them may not"),
  commission_rate: z.number().min(0).max(1).describe("Our share of a purchase"),
  currency: z.string().regex(/^[A-Z]{3}$/, "An ISO 4217 code in capitals, such as USD."),
  click_parameter: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/).default("ref")
    .describe("The query parameter by which a click tells the partner what to report back"),
  active: z.boolean().default(true),
});

const partner = z.object({
  code: z.string(),
  name: z.string(),
  domains: z.array(z.string()),
  commission_rate: z.number(),
  currency: z.string(),
  click_parameter: z.string(),
  active: z.boolean(),
  has_secret: z.boolean().describe("Whether its postbacks can be recognised"),
  created_at: z.string(),
  updated_at: z.string(),
});

const partnerList = z.object({ partners: z.array(partner) });

const newSecret = z.object({
  secret: z.string().describe("Shown this once; signs postbacks as Standard Webhooks say"),
  previous_until: z.string().nullable().describe("Until then the secret before it is taken too"),
});

const codeParam = z.object({ code: partnerCode });

/** `GET /` lists partners, `PUT /:code` makes or changes one, `POST /:code/secret` gives it a secret. */
export function partnerRoutes(): Route[] {
  return [listRoute, putRoute, secretRoute];
}

const listRoute = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "All partners.",
  limit: { calls: 120, seconds: 60 },
  answers: { 200: partnerList },
  async handle({ db }) {
    const partners = readAnswer(z.array(partner), await db.rpc("modera", "list_partners", {}));
    return { status: 200, body: { partners } };
  },
});

const putRoute = route({
  method: "PUT",
  path: "/:code",
  auth: "admin",
  summary: "Make or change a partner; with active false, its products and links are closed.",
  limit: { calls: 60, seconds: 60 },
  examples: {
    "A shop that pays a tenth": {
      params: { code: exampleIds.partner },
      body: {
        name: exampleIds.partner,
        domains: ["shop.example.com"],
        commission_rate: 0.1,
        currency: "USD",
      },
    },
  },
  params: codeParam,
  body: partnerBody,
  answers: { 200: partner },
  async handle({ db, params, body }) {
    const answer = await db.rpc("modera", "put_partner", { ...params, ...body });
    return { status: 200, body: readAnswer(partner, answer) };
  },
});

const secretRoute = route({
  method: "POST",
  path: "/:code/secret",
  auth: "admin",
  summary: "Give a partner a new secret for its postbacks; the old one ends a day later.",
  limit: { calls: 10, seconds: 60 },
  examples: {
    "Two days to change it": { params: { code: exampleIds.partner }, body: { grace_hours: 48 } },
  },
  params: codeParam,
  body: z.strictObject({
    grace_hours: z.int().min(0).max(168).default(24)
      .describe("How long the secret before it is still taken; 0 when it leaked"),
  }),
  answers: { 200: newSecret },
  async handle({ db, params, body }) {
    const args = { code: params.code, grace: `${body.grace_hours} hours` };
    const answer = await db.rpc("modera", "rotate_partner_secret", args);
    return { status: 200, body: readAnswer(newSecret, answer) };
  },
});
