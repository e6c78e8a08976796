import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { bearerAuth } from "hono/bearer-auth";
import { HTTPException } from "hono/http-exception";
import type { Engine } from "./engine.ts";
import { requestSchema } from "./request.ts";

const maxBodyBytes = 32 * 1024 * 1024;

/**
 * The part of Replicate's HTTP API that a client needs: create, get, cancel, the webhooks' secret
 * (https://replicate.com/docs/reference/http), and the results' files.
 */
export function protocolApp(engine: Engine, token: string): Hono {
  const app = new Hono();
  app.get("/files/:name", (c) => {
    const made = engine.file(c.req.param("name"));
    return made
      ? c.body(new Uint8Array(made.bytes), 200, { "content-type": made.type })
      : refuse(c, 404, "There is no such file.");
  });
  app.use("/v1/*", bearerAuth({ token }));
  app.use(
    "/v1/*",
    bodyLimit({ maxSize: maxBodyBytes, onError: (c) => refuse(c, 413, "The body is too large.") }),
  );
  app.post("/v1/predictions", (c) => create(c, engine));
  app.post(
    "/v1/models/:owner/:name/predictions",
    (c) => create(c, engine, `${c.req.param("owner")}/${c.req.param("name")}`),
  );
  app.get("/v1/predictions/:id", (c) => shown(c, engine.get(c.req.param("id"))));
  app.post("/v1/predictions/:id/cancel", (c) => shown(c, engine.cancel(c.req.param("id"))));
  app.get("/v1/webhooks/default/secret", (c) => c.json({ key: engine.settings.webhooks.secret }));
  app.notFound((c) => refuse(c, 404, "There is no such route."));
  app.onError((error, c) =>
    error instanceof HTTPException
      ? refuse(c, error.status, error.status === 401 ? "A valid token is needed." : error.message)
      : refuse(c, 500, "The engine failed.")
  );
  return app;
}

async function create(c: Context, engine: Engine, named?: string): Promise<Response> {
  const body: unknown = await c.req.json().catch(() => undefined);
  if (body === undefined) return refuse(c, 400, "The body is not JSON.");
  const { models } = engine.settings;
  const model = named ?? versionOf(body) ?? Object.keys(models)[0]!;
  if (!Object.hasOwn(models, model)) return refuse(c, 404, "There is no such model.");
  const parsed = requestSchema(models[model]!).safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(c, 422, `${issue?.path.join(".") || "body"}: ${issue?.message}`);
  }
  return c.json(engine.create(model, parsed.data), 201);
}

/** The model that a body names as its version, which Replicate does for models that are not official. */
function versionOf(body: unknown): string | undefined {
  const version = typeof body === "object" && body && "version" in body ? body.version : undefined;
  return typeof version === "string" ? version : undefined;
}

function shown(c: Context, prediction: unknown): Response {
  return prediction ? c.json(prediction) : refuse(c, 404, "There is no such prediction.");
}

function refuse(c: Context, status: number, detail: string): Response {
  return c.json({ status, detail }, status as 400, { "content-type": "application/problem+json" });
}
