/** A reason why the platform cannot start, in one sentence that says what to do. */
export class StartFailure extends Error {
  override name = "StartFailure";
}

/** The message of anything thrown, on one line. */
export function messageOf(reason: unknown): string {
  const text = reason instanceof Error ? reason.message : String(reason);
  return text.replaceAll(/\s+/g, " ").trim();
}
