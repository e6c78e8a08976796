import type { PredictionFailure } from "../predictions/prediction.ts";

/** Providers' codes that mean one of ours. */
const aliases: Record<string, string> = {
  image_load_error: "picture_unreadable",
  input_validation_error: "picture_unreadable",
  content_moderation_error: "picture_not_allowed",
  pose_error: "no_pose",
  third_party_error: "prediction_failed",
  pipeline_error: "prediction_failed",
  internal_server_error: "prediction_failed",
  provider_refused: "prediction_failed",
  output_invalid: "prediction_failed",
};

/** What we say where the provider's own words are not meant for people. */
const sentences: Record<string, string> = {
  picture_unreadable: "A picture could not be read.",
  picture_not_allowed: "The pictures are of a kind that is not allowed.",
  no_pose: "The person's pose could not be made out.",
  prediction_failed: "The picture could not be made. Try again, or with other pictures.",
  prediction_canceled: "The try-on was cancelled.",
  provider_unavailable: "The try-on service did not answer in time.",
  input_changed: "A picture was replaced after the try-on had begun.",
  input_missing: "A picture was deleted after the try-on had begun.",
};

/**
 * A provider's failure in MODERA's words. An engine that gives a reason of its own (`no_person`,
 * `picture_too_small`, …) says it to people already, and keeps it.
 */
export function tryOnFailure({ code, message }: PredictionFailure): PredictionFailure {
  const ours = aliases[code] ?? code;
  return { code: ours, message: sentences[ours] ?? (message.trim() || "The try-on failed.") };
}
