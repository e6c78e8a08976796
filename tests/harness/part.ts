import { newKeys } from "../../packages/platform/keys.ts";
import { type Progress, startPlatform } from "../../packages/platform/mod.ts";
import { serveControl } from "./control.ts";
import { environmentOf, superuserUrl } from "./environment.ts";
import { LeakWatch } from "./leaks.ts";
import type { TestOptions } from "./options.ts";
import type { Part } from "./parts.ts";
import { Relay } from "./relay.ts";
import { runTests, type Tally } from "./runner.ts";

/** What all parts of a run share. */
export interface Run {
  /** The repository's folder. */
  root: string;
  options: TestOptions;
  progress: Progress;
  signal: AbortSignal;
  /** Whether what the platform logs is shown. */
  logs: boolean;
}

/**
 * Boots a platform in a temporary folder, runs a part's files against it, and looks for the run's secrets in what was
 * logged and stored; each that is found counts as a failure.
 * @throws StartFailure when the platform cannot be started.
 */
export async function runPart(part: Part, run: Run): Promise<Tally> {
  const { root, options, signal } = run;
  const leaks = new LeakWatch();
  const keys = newKeys();
  leaks.watch({ ...keys, publishable: null });
  run.progress.note(`${part.label}: ${part.files.length} files`);
  await using telegram = new Relay();
  const platform = await startPlatform({
    root,
    port: 0,
    template: true,
    signal,
    keys,
    environment: { DATABASE_ADAPTER: part.adapter, TELEGRAM_API_URL: telegram.url },
    log(line) {
      leaks.line(line);
      if (run.logs) run.progress.note(line);
    },
  });
  const control = serveControl(platform, leaks, telegram);
  try {
    leaks.watch({
      "the secret of Stripe's webhook": platform.stripe_webhook_secret,
      "the secret of the mail service's webhook": platform.mail_webhook_secret,
      "the secret of links in mails": platform.mail_link_secret,
    });
    const tally = await runTests({
      root,
      label: part.label,
      files: part.files,
      env: { ...environmentOf(platform, control.url, part.adapter), ...options.env },
      patience: options.patience,
      signal,
    });
    await leaks.database(superuserUrl(platform, "postgres"));
    const { found, lines, secrets } = leaks.report;
    run.progress.note(
      `${part.label}: ${secrets} secrets were looked for in every row and ${lines} lines of the log`,
    );
    return {
      passed: tally.passed,
      failed: tally.failed + found.length,
      errors: [...tally.errors, ...found.map((leak) => `${part.label} | leaked: ${leak}`)],
    };
  } finally {
    await control.stop();
    await platform.stop();
  }
}
