/** States of a prediction, by Replicate's names. */
export type Status = "starting" | "processing" | "succeeded" | "failed" | "canceled";

/** A prediction as the protocol shows it: https://replicate.com/docs/reference/http#predictions.get */
export interface Prediction {
  id: string;
  model: string;
  version: string;
  input: Record<string, unknown>;
  logs: string;
  output: Record<string, unknown> | null;
  /** `code: sentence`. */
  error: string | null;
  status: Status;
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  metrics: { predict_time?: number };
  urls: { get: string; cancel: string };
}

/** True when the prediction will not change any more. */
export function hasEnded({ status }: Prediction): boolean {
  return status === "succeeded" || status === "failed" || status === "canceled";
}
