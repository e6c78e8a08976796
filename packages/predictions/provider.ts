import type { Prediction } from "./prediction.ts";

/** What a provider is asked to make. */
export interface PredictionRequest {
  /** Names the provider's model or endpoint, e.g. `try-on`. */
  operation: string;
  /** Inputs by neutral names: `person_image`, `garment_image`, `photo_image`, as addresses the provider can fetch. */
  input: Record<string, unknown>;
  /** The model to use; the adapter's settings name one otherwise. */
  model?: string;
  /** Where the provider tells us the end; from `webhookUrlFor`. Without it somebody asks until there is one. */
  webhookUrl?: string;
}

/** A webhook as it came in. */
export interface WebhookDelivery {
  url: URL;
  headers: Headers;
  /** The body byte for byte: signatures are made over it. */
  rawBody: Uint8Array;
}

/** What a verified webhook says: which of our predictions it is about, and how that stands. */
export interface WebhookNews {
  /** Our own id, from the address the provider was given. */
  predictionId: string;
  prediction: Prediction;
}

/** An AI provider. Methods throw `ProviderError`, which says whether another try can help. */
export interface PredictionProvider {
  /** The name that rows and logs carry. */
  readonly name: string;
  /** Hosts from which outputs may be downloaded; nothing else is fetched. */
  readonly outputHosts: readonly string[];
  /** Whether it does an operation at all. */
  does(operation: string): boolean;
  /** Asks for a prediction. */
  create(request: PredictionRequest): Promise<Prediction>;
  /** How a prediction stands. */
  get(id: string): Promise<Prediction>;
  /** Gives a prediction up; one that has ended, or that the provider does not know, is no error. */
  cancel(id: string): Promise<void>;
  /** The address to give to the provider for the prediction with our id. */
  webhookUrlFor(base: string, predictionId: string): Promise<string>;
  /**
   * Verifies a delivery as the provider documents it.
   * @throws Problem `invalid_signature` (400) when it is not the provider's, or too old.
   */
  readWebhook(delivery: WebhookDelivery): Promise<WebhookNews>;
}
