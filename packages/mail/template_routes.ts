import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { exampleIds } from "../http/example_ids.ts";
import { type Route, route } from "../http/route.ts";
import { render, variable, words } from "./template.ts";

const facts = {
  template_id: z.uuid(),
  product: z.string(),
  name: z.string(),
  version: z.int(),
  current: z.boolean().describe("Whether this version is the one in use"),
  active: z.boolean(),
  created_at: z.string(),
  updated_at: z.string(),
};

const template = words.extend(facts);
const listed = template.omit({ html: true, text: true });

/** What names a template. */
export const templateName = z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/, "A template's name.");

const params = z.object({ name: templateName });
const query = z.strictObject({ product: productName });
const exampleQuery = { product: "modera" };
const example = { params: { name: exampleIds.template }, query: exampleQuery };

const list = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "A product's templates, without their words.",
  limit: { calls: 120, seconds: 60 },
  query,
  examples: { "Of MODERA": { query: exampleQuery } },
  answers: { 200: z.object({ templates: z.array(listed) }) },
  async handle({ db, query }) {
    const answer = await db.rpc("api", "mail_templates", query);
    return { status: 200, body: { templates: readAnswer(z.array(listed), answer) } };
  },
});

const read = route({
  method: "GET",
  path: "/:name",
  auth: "admin",
  summary: "A template with its words, or an earlier version of it.",
  limit: { calls: 120, seconds: 60 },
  params,
  query: query.extend({ version: z.coerce.number().pipe(z.int32().min(1)).optional() }),
  examples: { "The version in use": example },
  answers: { 200: template },
  async handle({ db, params, query }) {
    const { product, version = null } = query;
    const answer = await db.rpc("api", "mail_template", { product, name: params.name, version });
    return { status: 200, body: readAnswer(template, answer) };
  },
});

const save = route({
  method: "PUT",
  path: "/:name",
  auth: "admin",
  summary: "Make a template, or a new version of it if it still has the one that the caller saw.",
  maxBodyBytes: 512 * 1024,
  limit: { calls: 60, seconds: 60 },
  params,
  query,
  examples: {
    "A new one": {
      params: { name: exampleIds.newTemplate },
      query: exampleQuery,
      body: {
        subject: "Spring is here, {{first_name}}",
        html: '<p>Hello {{first_name}}</p><p><a href="{{unsubscribe_url}}">Unsubscribe</a></p>',
        text: "Hello {{first_name}}\n\nUnsubscribe: {{unsubscribe_url}}",
        variables: [{ name: "first_name", type: "text", default: "there" }],
      },
    },
  },
  body: z.strictObject({
    subject: z.string().min(1).max(200).regex(/^[^\r\n]*$/, "On one line."),
    html: z.string().min(1).max(200_000),
    text: z.string().min(1).max(100_000),
    variables: z.array(variable).max(50).default([]),
    expected_version: z.int32().min(1).optional().describe("Without it the template must be new"),
  }),
  answers: { 200: template },
  async handle({ db, params, query, body }) {
    const { text, expected_version = null, variables, ...rest } = body;
    const answer = await db.rpc("api", "save_mail_template", {
      ...query,
      ...params,
      ...rest,
      plain: text,
      variables: z.array(z.record(z.string(), z.string())).parse(variables),
      expected_version,
    });
    return { status: 200, body: readAnswer(template, answer) };
  },
});

const activation = route({
  method: "PUT",
  path: "/:name/active",
  auth: "admin",
  summary: "Put a template in or out of use. Without it notices use their built-in words.",
  limit: { calls: 60, seconds: 60 },
  params,
  query,
  examples: { "In use": { ...example, body: { active: true } } },
  body: z.strictObject({ active: z.boolean() }),
  answers: { 200: template },
  async handle({ db, params, query, body }) {
    const answer = await db.rpc("api", "switch_mail_template", { ...query, ...params, ...body });
    return { status: 200, body: readAnswer(template, answer) };
  },
});

const preview = route({
  method: "POST",
  path: "/:name/preview",
  auth: "admin",
  summary: "What a mail of a template would be with these values. Nothing is sent.",
  limit: { calls: 120, seconds: 60 },
  params,
  query,
  examples: { "For Kim": { ...example, body: { variables: { first_name: "Kim" } } } },
  body: z.strictObject({
    version: z.int32().min(1).optional(),
    variables: z.record(z.string(), z.string().max(2000)).default({}),
  }),
  answers: { 200: z.object({ subject: z.string(), html: z.string(), text: z.string() }) },
  async handle({ db, params, query, body }) {
    const args = { ...query, ...params, version: body.version ?? null };
    const found = readAnswer(template, await db.rpc("api", "mail_template", args));
    const unsubscribe_url = "https://example.com/unsubscribe";
    return { status: 200, body: { ...render(found, { unsubscribe_url, ...body.variables }) } };
  },
});

/** Templates: admins list, read, save, preview them, and put them in and out of use. */
export const templateRoutes: Route[] = [list, read, save, activation, preview];
