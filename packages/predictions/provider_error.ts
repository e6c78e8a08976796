/** A provider did not do what it was asked. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  /** Stable: `provider_unavailable`, `provider_refused`, `output_invalid`, … */
  readonly code: string;
  /** Whether the same call may succeed later. */
  readonly transient: boolean;
  /** When the provider said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: string,
    message: string,
    options: { transient: boolean; retryAfterSeconds?: number | undefined; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.transient = options.transient;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
