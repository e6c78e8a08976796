import { messageOf } from "./failure.ts";
import { withAdminApi } from "./data_api/auth_admin.ts";
import { divertLite, startAuth, startDataApi } from "./data_api/lite.ts";
import { startCronWorker } from "./cron/worker.ts";
import { startEmulators } from "./emulators/mod.ts";
import { startImaging } from "./engines.ts";
import { functionsEnvironment } from "./functions/environment.ts";
import { startFunctionHost } from "./functions/supervisor.ts";
import { watchSources } from "./functions/watch.ts";
import { startGateway } from "./gateway/gateway.ts";
import { tokensOf } from "./gateway/tokens.ts";
import { keptKeys, mailSecrets } from "./keys.ts";
import { startNetWorker } from "./net/worker.ts";
import type { Platform, PlatformOptions } from "./options.ts";
import { connect, databaseUrl } from "./postgres/connect.ts";
import { prepareDatabase } from "./postgres/database.ts";
import { platformFolders } from "./postgres/folder.ts";
import { startPostgres } from "./postgres/server.ts";
import { abortable, silent } from "./progress.ts";
import { readProject } from "./project/project.ts";
import { publishCatalogue } from "./project/catalogue.ts";
import { configureProject } from "./project/configure.ts";
import { createStorage } from "./storage/mod.ts";

/** Ends what was started, the last first. */
class Undo {
  #steps: (() => Promise<unknown>)[] = [];
  #done: Promise<void> | undefined;

  add(step: () => Promise<unknown>): void {
    this.#steps.unshift(step);
  }

  run(): Promise<void> {
    return this.#done ??= (async () => {
      for (const step of this.#steps) await step().catch(() => {});
    })();
  }
}

/**
 * Starts an embedded Supabase for the project under `options.root`.
 * @throws StartFailure, with everything ended again, when a part cannot start.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const undo = new Undo();
  try {
    return await start(options, undo);
  } catch (reason) {
    await undo.run();
    throw reason;
  }
}

async function start(options: PlatformOptions, undo: Undo): Promise<Platform> {
  const { root, log = () => {} } = options;
  const progress = abortable(options.progress ?? silent, options.signal);
  const project = await readProject(root);
  const gateway = startGateway(options.port ?? 54321, options.exactPort);
  undo.add(() => gateway.stop());
  const apiUrl = `http://127.0.0.1:${gateway.port}`;
  const folders = await platformFolders(options.folder);
  undo.add(() => folders.remove());
  const keys = { ...await keptKeys(folders.keys), ...options.keys };

  const server = await progress.step("Postgres 17", () =>
    startPostgres({
      root,
      data: folders.data,
      port: options.port === 0 ? 0 : 54322,
      durable: options.folder !== undefined,
    }));
  undo.add(() => server.stop());
  const template = options.template ?? false;
  await prepareDatabase({ server, project, keys, data: folders.data, template, progress });

  const emulators = await progress.step(
    "Stripe and mail",
    () => startEmulators({ webhookUrl: `${apiUrl}/functions/v1/stripe-webhook`, log }),
  );
  undo.add(() => emulators.stop());
  const imaging = options.withoutImaging
    ? null
    : await progress.step("Imaging engine", () => startImaging(root, log));
  if (imaging) undo.add(() => imaging.stop());

  const superuser = connect(server, "supabase_admin", "postgres", { max: 4 });
  undo.add(() => superuser.end({ timeout: 2 }));
  await configureProject(superuser, `${apiUrl}/functions/v1`, keys);
  await progress.step("Catalogue at Stripe", () => publishCatalogue(superuser, emulators));

  const tokens = await tokensOf(keys.jwtSecret);
  const sources = { root, apiUrl, server, keys, jwks: tokens.jwks, emulators, imaging };
  const functions = startFunctionHost({
    project,
    environment: { ...await functionsEnvironment(sources), ...options.environment },
    log: (line) => log(`functions: ${line}`),
  });
  undo.add(() => functions.stop());

  divertLite(log);
  const [rest, auth, storage] = await progress.step("Data API, Auth and Storage", async () => {
    const storagePool = connect(server, "supabase_storage_admin", "postgres", { max: 8 });
    undo.add(() => storagePool.end({ timeout: 2 }));
    const authPool = connect(server, "supabase_auth_admin", "postgres", { max: 4 });
    undo.add(() => authPool.end({ timeout: 2 }));
    return await Promise.all([
      startDataApi(server, project, keys),
      startAuth(server, project, keys, emulators.mail_url)
        .then((service) => withAdminApi(service, authPool, keys)),
      createStorage({ sql: storagePool, folder: folders.objects, keys }),
    ]);
  });
  undo.add(() => Promise.all([rest.close(), auth.close(), storage.close?.()]));

  await progress.step("Functions", () => functions.origin());
  if (options.watch) undo.add(watchSources(project, functions, log));
  gateway.open({
    rest: rest.fetch,
    auth: auth.fetch,
    storage: (request) => storage.fetch(request),
    functions,
    tokens,
  });
  // Before what is behind it, so that requests under way get their answers.
  undo.add(() => gateway.stop());
  if (!options.withoutWorkers) {
    const net = await startNetWorker(superuser, log);
    undo.add(() => net.stop());
    const cron = await startCronWorker(server, superuser, log);
    undo.add(() => cron.stop());
  }

  let stopping = false;
  return {
    api_url: apiUrl,
    functions_url: `${apiUrl}/functions/v1`,
    db_url: databaseUrl(server),
    publishable_key: keys.publishable,
    secret_key: keys.secret,
    automations_key: keys.automations,
    stripe_url: emulators.stripe_url ?? null,
    stripe_webhook_secret: emulators.stripe_webhook_secret ?? null,
    mail_url: emulators.mail_url ?? null,
    ...mailSecrets(keys),
    imaging_url: imaging?.url ?? null,
    async advanceClock({ seconds = 0, minutes = 0, hours = 0, days = 0 }) {
      const total = seconds + 60 * (minutes + 60 * (hours + 24 * days));
      const [row] = await superuser<{ now: Date }[]>`
        select platform.advance_clock(make_interval(secs => ${total})) as now`;
      return row?.now ?? new Date();
    },
    restartFunctions: (changes) => functions.restart(changes),
    broken: server.ended.then((last) =>
      stopping
        ? new Promise<string>(() => {})
        : `Postgres ended: ${messageOf(last.split("\n").at(-1))}`
    ),
    stop() {
      stopping = true;
      return undo.run();
    },
  };
}
