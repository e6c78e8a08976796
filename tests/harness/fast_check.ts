/** fast-check with the run's own seed, so that `--seed N` replays whatever it made up. */
import fc from "fast-check";
import { seed } from "./setting.ts";

fc.configureGlobal({ seed: seed() });

export { default } from "fast-check";
