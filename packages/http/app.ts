import { Hono } from "hono";
import { type Database, serviceCaller } from "../database/database.ts";
import { internalProblem } from "../database/problem.ts";
import { answerRoute, type Call } from "./answer_route.ts";
import { authenticator, type AuthSettings } from "./authenticate.ts";
import { allowedOrigins, corsHeaders, preflight } from "./cors.ts";
import { edgeLogger, type Logger } from "./log.ts";
import { Problem, problem, problemResponse } from "./problem.ts";
import { problemCounter } from "./problem_counter.ts";
import { rateLimiter } from "./rate_limit.ts";
import type { Route } from "./route.ts";
import { spanOf, traceFields, traceparentOf } from "./trace.ts";

/** What an edge function is made of. */
export interface AppOptions {
  /** The function's name: the first segment of its path. */
  slug: string;
  routes: Route[];
  database: Database;
  log?: Logger;
  /** Instead of the environment's address and keys. */
  auth?: AuthSettings;
  /** Origins of browsers that may read answers; `["*"]` for any. */
  origins?: readonly string[];
}

/** An edge function: what its entry point exports. */
export interface App {
  fetch(request: Request): Promise<Response>;
  readonly slug: string;
  readonly routes: readonly Route[];
}

type Environment = { Bindings: { call: Call } };

/**
 * Builds an edge function of routes. Every answer, errors included, is JSON and carries CORS
 * headers and `X-Request-Id`; what goes wrong is a problem document and never shows a cause.
 */
export function createApp(options: AppOptions): App {
  const { slug, routes } = options;
  const log = (options.log ?? edgeLogger).with({ "service.name": slug });
  const origins = options.origins ?? allowedOrigins(Deno.env.get("ALLOWED_ORIGINS"));
  const router = routerOf(options, log);

  const fetch = async (request: Request): Promise<Response> => {
    const call: Call = startCall(request, log);
    const response = request.method === "OPTIONS"
      ? preflight(methodsOf(routes))
      : await router.fetch(request, { call });
    const headers = {
      ...corsHeaders(request, origins),
      "X-Request-Id": call.requestId,
      traceparent: traceparentOf(call.trace),
    };
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    call.log.info("request", {
      "http.request.method": request.method,
      "url.path": new URL(request.url).pathname,
      "http.response.status_code": response.status,
      duration_ms: Math.round(performance.now() - call.startedAt),
      ...(call.bucket ? { caller: call.bucket } : {}),
    });
    return response;
  };
  return { fetch, slug, routes };
}

function routerOf(options: AppOptions, log: Logger): Hono<Environment> {
  const { slug, routes, database } = options;
  const getPath = (request: Request) => pathBelow(slug, new URL(request.url).pathname);
  const router = new Hono<Environment>({ getPath });
  const service = database.as(serviceCaller);
  const tools = {
    slug,
    database,
    service,
    authenticate: authenticator(options.auth, Deno.env.get("AUTH_ISSUER")),
    takeCall: rateLimiter(service),
  };
  const countProblem = problemCounter(service, slug, log);
  for (const route of routes) {
    router.on(
      route.method,
      route.path,
      (c) => answerRoute(route, tools, c.req.raw, c.req.param(), c.env.call),
    );
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const allow = methodsOf(routes.filter((route) => route.path === path));
    router.all(path, () => {
      throw problem("method_not_allowed", `Allowed here: ${allow.join(", ")}.`, {
        extra: { allow },
      });
    });
  }
  router.notFound(() => {
    throw problem("not_found", "There is no such route.");
  });
  router.onError((error, c) => {
    const raised = error instanceof Problem ? error : internalProblem(error);
    countProblem(raised);
    return failure(raised, c.env.call);
  });
  return router;
}

function failure(raised: Problem, call: Call): Response {
  const fields = { status: raised.status, code: raised.code, detail: raised.detail };
  if (raised.status >= 500) call.log.error("problem", { ...fields, cause: raised.cause });
  else call.log.info("problem", fields);
  return problemResponse(raised, call.requestId);
}

/** The path below the function's own, whether or not the gateway left its prefix or the caller a slash. */
function pathBelow(slug: string, pathname: string): string {
  const own = pathname.replace(/^\/functions\/v1(?=\/)/, "");
  const below = own === `/${slug}` || own.startsWith(`/${slug}/`)
    ? own.slice(slug.length + 1)
    : own;
  return below.replace(/\/+$/, "") || "/";
}

function startCall(request: Request, log: Logger): Call {
  const given = request.headers.get("x-request-id") ?? "";
  const requestId = /^[\w.:-]{8,128}$/.test(given) ? given : crypto.randomUUID();
  const trace = spanOf(traceparentIn(request));
  return {
    requestId,
    trace,
    bucket: "",
    startedAt: performance.now(),
    log: log.with({ request_id: requestId, ...traceFields(trace) }),
  };
}

/** Webhooks come from others who know no header of ours: what we gave them is in the address. */
function traceparentIn(request: Request): string | null {
  return request.headers.get("traceparent") ??
    new URL(request.url).searchParams.get("traceparent");
}

function methodsOf(routes: readonly Route[]): string[] {
  return [...new Set(routes.map((route) => route.method))];
}
