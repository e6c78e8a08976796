import type { PredictionFailure } from "../predictions/prediction.ts";

const impossible = {
  code: "prediction_failed",
  message: "It could not be done. Try again, or with another picture.",
};

/** What providers' codes mean in our words, where their own are not meant for people. */
const translations: Record<string, PredictionFailure> = {
  image_load_error: { code: "picture_broken", message: "A picture could not be read." },
  input_validation_error: { code: "picture_broken", message: "A picture could not be used." },
  content_moderation_error: {
    code: "picture_not_allowed",
    message: "The pictures are of a kind that is not allowed.",
  },
  pose_error: {
    code: "person_not_found",
    message: "No person, or no clear pose, was found in the picture.",
  },
  third_party_error: impossible,
  pipeline_error: impossible,
  internal_server_error: impossible,
  provider_refused: impossible,
  output_invalid: impossible,
  prediction_failed: impossible,
  prediction_canceled: { code: "prediction_canceled", message: "It was cancelled." },
  provider_unavailable: {
    code: "provider_unavailable",
    message: "The service did not answer in time.",
  },
  input_changed: {
    code: "input_changed",
    message: "A picture was replaced after the work had begun.",
  },
  input_missing: {
    code: "input_missing",
    message: "A picture was deleted after the work had begun.",
  },
};

/**
 * A provider's failure in our words. An engine that gives a reason of its own (`person_not_found`,
 * `several_people`, …) says it to people already, and keeps it.
 */
export function failureForPeople({ code, message }: PredictionFailure): PredictionFailure {
  if (Object.hasOwn(translations, code)) return translations[code] ?? impossible;
  return { code, message: message.trim() || "It could not be done." };
}
