import type { SupabaseClient } from "@supabase/supabase-js";
import type { Session } from "../database/database.ts";
import type { PredictionOutput } from "./prediction.ts";
import type { OutputType, PictureType } from "./picture_type.ts";

/** A file taken from a provider: its size and its first bytes were checked. */
export interface OutputFile<Type extends OutputType = PictureType> {
  bytes: Uint8Array<ArrayBuffer>;
  mimeType: Type;
}

/** What a product may use while its prediction is submitted and settled. */
export interface PredictionDeps {
  /** The database as `service_role`. */
  db: Session;
  /** Storage with the service's rights. */
  storage: SupabaseClient["storage"];
  /**
   * Takes an output file from the provider's own hosts, at most 20 MB.
   * Throws `ProviderError`: transient when the provider does not answer, permanent when the
   * address is not the provider's or the file is not a picture.
   */
  download(url: string): Promise<OutputFile>;
  /** The same for an output of up to 50 MB that may also be an SVG of shapes alone. */
  downloadArtwork(url: string): Promise<OutputFile<OutputType>>;
}

/** What the provider is asked for. */
export interface Submission {
  /** Inputs by neutral names (`person_image`, `garment_image`, `photo_image`: signed URLs); adapters rename. */
  input: Record<string, unknown>;
  /** The model that each provider is to use, by the provider's name; one that is not named chooses by its settings. */
  models?: Record<string, string>;
  /** Set when the provider has already been asked: then it is polled, not asked again. */
  providerPredictionId?: string;
}

/** Nothing is to be asked: the prediction is settled, or its time is over. */
export interface Settled {
  done: true;
  /** What the provider was asked for, if it was: a late result is recognised by it. */
  providerPredictionId?: string;
}

/**
 * One product's kind of prediction. The job that submits it has this same kind and the payload
 * `{prediction_id}`; every method may run more than once for a prediction and must not mind.
 */
export interface PredictionKind {
  /** `<product>.<action>`, e.g. `modera.try-on`. */
  readonly kind: string;
  /** What a provider is asked to do, e.g. `try-on`; the environment may choose one for each. */
  readonly operation: string;
  /** The request to send, or that there is nothing to ask any more. */
  submission(deps: PredictionDeps, predictionId: string): Promise<Submission | Settled>;
  /** Records that `provider` took the prediction under its own id; the first id stays. */
  submitted(
    deps: PredictionDeps,
    predictionId: string,
    provider: string,
    providerPredictionId: string,
  ): Promise<void>;
  /**
   * Stores the result and captures the hold; a success after failure or expiry is recorded as late
   * and not charged. Throws when it may be tried again.
   */
  succeeded(deps: PredictionDeps, predictionId: string, output: PredictionOutput): Promise<void>;
  /** Records the failure and releases the hold; what has ended otherwise stays as it is. */
  failed(deps: PredictionDeps, predictionId: string, code: string, message: string): Promise<void>;
}
