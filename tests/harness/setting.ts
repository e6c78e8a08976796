/** The environment variables by which tests/run.ts tells test files how much to do. */
export const settingVariable = "TESSERA_TEST_SETTING";
export const seedVariable = "TESSERA_TEST_SEED";

/** `short` in `npm test`, `long` in `npm run test:long`. */
export function inSetting<T>(short: T, long: T): T {
  return Deno.env.get(settingVariable) === "long" ? long : short;
}

/** The seed of everything random in this run: `--seed N` replays it. */
export function seed(): number {
  return Number(Deno.env.get(seedVariable) ?? 1);
}
