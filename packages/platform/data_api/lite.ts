import { App, ResendEmailDriver } from "@supabase/lite";
import { createPostgresConnection, type PostgresConnection } from "@supabase/lite/postgres";
import { messageOf } from "../failure.ts";
import { lastingPool } from "../postgres/lasting_pool.ts";
import { connectSeconds } from "../postgres/connect.ts";
import type { PostgresServer } from "../postgres/server.ts";
import type { Keys } from "../keys.ts";
import type { Project } from "../project/project.ts";

/** An HTTP service of the platform. */
export interface Service {
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

const authOptions = (project: Project, keys: Keys) => ({
  enabled: true,
  jwt_secret: keys.jwtSecret,
  jwt_expiry: project.jwtExpiry,
  site_url: project.siteUrl,
  enable_signup: true,
  email: { enable_signup: true, enable_confirmations: false },
});

/** Sends what lite prints about failed requests to `log`: it has no logger of its own to set. */
export function divertLite(log: (line: string) => void): void {
  const report = (...parts: unknown[]) => log(`data api: ${parts.map(messageOf).join(" ")}`);
  Object.assign(globalThis.console, { error: report, warn: report });
}

/** Makes the tables of Auth as superuser; their owner and grants are set afterwards. */
export async function provisionAuth(
  server: PostgresServer,
  project: Project,
  keys: Keys,
): Promise<void> {
  const connection = connectionOf(server, "supabase_admin");
  const app = new App({
    connection,
    auth: authOptions(project, keys),
  });
  await app.ensureSystemSchema();
  await connection.close();
}

/** The Data API. It logs in as `authenticator` and reads the catalogue once: start it after the migrations. */
export async function startDataApi(
  server: PostgresServer,
  project: Project,
  keys: Keys,
): Promise<Service> {
  const app = await startApp(server, "authenticator", project, keys, seesWholeCatalogue);
  const fallback = project.schemas[0] ?? "public";
  return { ...app, fetch: (request) => app.fetch(withProfile(request, fallback)) };
}

/** Names the schema of a request that names none: the first exposed one, as PostgREST does. */
function withProfile(request: Request, schema: string): Request {
  const reads = request.method === "GET" || request.method === "HEAD";
  const header = reads ? "accept-profile" : "content-profile";
  if (request.headers.has(header)) return request;
  const headers = new Headers(request.headers);
  headers.set(header, schema);
  return new Request(request, { headers });
}

/**
 * lite looks tables up in information_schema, which shows a role only what it may use itself; and
 * `authenticator` may use nothing before it takes a role. So the catalogue, and only that, is read
 * as superuser.
 */
function seesWholeCatalogue(
  connection: PostgresConnection,
  server: PostgresServer,
): PostgresConnection {
  const catalogue = connectionOf(server, "supabase_admin");
  return Object.assign(connection, {
    introspect: catalogue.introspect.bind(catalogue),
    viewOptionsMetadata: catalogue.viewOptionsMetadata.bind(catalogue),
    close: async () => {
      await catalogue.close();
      await connection.driver.end();
    },
  });
}

/** Auth. It logs in as `supabase_auth_admin`, which owns its tables; its e-mails go to the emulated Resend. */
export function startAuth(
  server: PostgresServer,
  project: Project,
  keys: Keys,
  mailUrl?: string,
): Promise<Service> {
  const from = "Tessera <auth@example.com>";
  const drivers = mailUrl
    ? { email: new ResendEmailDriver({ apiKey: "re_local", from, endpoint: `${mailUrl}/emails` }) }
    : {};
  return startApp(server, "supabase_auth_admin", project, keys, undefined, drivers);
}

async function startApp(
  server: PostgresServer,
  role: string,
  project: Project,
  keys: Keys,
  prepare: typeof seesWholeCatalogue = (connection) => connection,
  drivers: { email?: ResendEmailDriver } = {},
): Promise<Service> {
  const connection = prepare(connectionOf(server, role), server);
  const app = new App({
    connection,
    api: { enabled: true, schemas: project.schemas, max_rows: project.maxRows },
    auth: authOptions(project, keys),
    options: { server: { apiKeys: { resolver: resolverOf(keys) }, disableStudio: true }, drivers },
  });
  await app.init();
  return {
    fetch: (request) => app.fetch(request),
    close: () => connection.close(),
  };
}

/** Says which role a key stands for. Every secret key is as good as another, as hosted. */
function resolverOf(keys: Keys) {
  return (key: string) => {
    if (key === keys.publishable) {
      return Promise.resolve({ type: "publishable" as const, claims: { role: "anon" } });
    }
    if (key === keys.secret || key === keys.automations) {
      return Promise.resolve({ type: "secret" as const, claims: { role: "service_role" } });
    }
    return Promise.resolve(null);
  };
}

/**
 * lite hands a call's JSON arguments over as text, and the driver, which knows them to be JSON, would
 * make JSON strings of them: text that is an object or array goes out as it is.
 */
function jsonText(value: unknown): string {
  return typeof value === "string" && /^[[{]/.test(value) ? value : JSON.stringify(value);
}

function connectionOf(server: PostgresServer, role: string): PostgresConnection {
  const connect = (onclose?: () => void) => {
    const connection = createPostgresConnection({
      url: `postgres://${role}@localhost/postgres`,
      postgresOptions: {
        path: `${server.socketFolder}/.s.PGSQL.${server.port}`,
        max: 12,
        onnotice: () => {},
        connect_timeout: connectSeconds,
        ...(onclose ? { onclose } : {}),
      },
    });
    Object.assign(connection.driver.options.serializers, { 114: jsonText, 3802: jsonText });
    return connection;
  };
  const connection = connect();
  // What lite asks its driver for is asked of a pool that outlives crashes.
  const pool = lastingPool((onclose) => connect(onclose).driver);
  Object.assign(connection.driver, { reserve: () => pool.reserve(), end: () => pool.end() });
  // Left alone, it grants everything to anon in every schema with row level security on first use.
  return Object.assign(connection, { rlsState: "active" });
}
