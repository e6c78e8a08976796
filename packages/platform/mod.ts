export { StartFailure } from "./failure.ts";
export type { Connections, Platform, PlatformOptions } from "./options.ts";
export { startPlatform } from "./platform.ts";
export { type Progress, progressOnStderr, silent } from "./progress.ts";
