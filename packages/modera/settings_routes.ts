import { z } from "zod";
import { productName } from "../credits/shapes.ts";
import { readAnswer } from "../database/answer.ts";
import { problem } from "../http/problem.ts";
import { type Route, route } from "../http/route.ts";

const setting = z.object({
  key: z.string(),
  value: z.unknown(),
  type: z.string(),
  description: z.string().nullable(),
  rule: z.string().nullable().describe("What the value may be, in words"),
  is_active: z.boolean().describe("False: the built-in value is used"),
  is_public: z.boolean(),
  version: z.int(),
  updated_at: z.string(),
});

const version = z.object({
  version: z.int(),
  old_value: z.unknown(),
  new_value: z.unknown(),
  is_active: z.boolean(),
  changed_by: z.uuid().nullable().describe("The admin; null for a migration or an operator"),
  changed_by_role: z.string(),
  changed_at: z.string(),
});

/** Any JSON: SQL knows what each setting may be, and the API's description takes no recursive schema. */
const values = z.record(z.string(), z.unknown());

const product = productName.default("modera");
const key = z.object({ key: z.string().regex(/^[a-z][a-z0-9_]{0,99}$/) });

const publicRoute = route({
  method: "GET",
  path: "/public",
  auth: "anyone",
  summary: "The settings that everybody may know, with packages and costs.",
  limit: { calls: 120, seconds: 60 },
  query: z.strictObject({ product }),
  examples: { "Of MODERA": { query: { product: "modera" } } },
  answers: { 200: z.object({ settings: values }) },
  async handle({ service, query }) {
    ofModera(query.product);
    const settings = readAnswer(values, await service.rpc("modera", "public_settings", {}));
    return { status: 200, body: { settings } };
  },
});

const listRoute = route({
  method: "GET",
  path: "/",
  auth: "admin",
  summary: "All settings, with the version that a change must name.",
  limit: { calls: 120, seconds: 60 },
  query: z.strictObject({ product }),
  examples: { "Of MODERA": {} },
  answers: { 200: z.object({ settings: z.array(setting) }) },
  async handle({ db, query }) {
    ofModera(query.product);
    const settings = readAnswer(z.array(setting), await db.rpc("modera", "all_settings", {}));
    return { status: 200, body: { settings } };
  },
});

const putRoute = route({
  method: "PUT",
  path: "/:key",
  auth: "admin",
  summary: "Change a setting, if it still has the version that the caller saw. In force at once.",
  limit: { calls: 60, seconds: 60 },
  params: key,
  query: z.strictObject({ product }),
  examples: {
    "The largest picture": {
      params: { key: "max_image_size_mb" },
      body: { value: 10, expected_version: 1 },
    },
  },
  body: z.strictObject({
    expected_version: z.int32().min(1),
    value: z.unknown().optional(),
    is_active: z.boolean().optional(),
  }).refine(({ value, is_active }) => value !== undefined || is_active !== undefined, {
    path: ["value"],
    message: "Give a value, or is_active.",
  }),
  answers: { 200: setting },
  async handle({ db, params, query, body }) {
    ofModera(query.product);
    const { expected_version, ...change } = body;
    const answer = await db.rpc("modera", "put_setting", {
      setting_key: params.key,
      change: z.record(z.string(), z.json()).parse(change),
      expected_version,
    });
    return { status: 200, body: readAnswer(setting, answer) };
  },
});

const historyRoute = route({
  method: "GET",
  path: "/:key/history",
  auth: "admin",
  summary: "Who changed a setting, when, from what to what; newest first, 100 at a time.",
  limit: { calls: 120, seconds: 60 },
  params: key,
  query: z.strictObject({
    product,
    before_version: z.coerce.number().pipe(z.int32().min(1)).optional(),
  }),
  examples: { "Of the session's length": { params: { key: "session_timeout_minutes" } } },
  answers: { 200: z.object({ versions: z.array(version) }) },
  async handle({ db, params, query }) {
    ofModera(query.product);
    const answer = await db.rpc("modera", "setting_history", {
      setting_key: params.key,
      before_version: query.before_version ?? null,
    });
    return { status: 200, body: { versions: readAnswer(z.array(version), answer) } };
  },
});

/** Settings: everybody reads the public ones, admins all, with their history, and change them. */
export const settingsRoutes: Route[] = [publicRoute, listRoute, putRoute, historyRoute];

function ofModera(name: string): void {
  if (name === "modera") return;
  throw problem("unknown_product", "No product with this name has settings.", {
    extra: { field: "product" },
  });
}
