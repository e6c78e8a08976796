/** Where a prediction stands at its provider; the last three are terminal. */
export type PredictionState = "starting" | "processing" | "succeeded" | "failed" | "canceled";

/** What an engine returned, in the one form that every adapter normalises to. */
export interface PredictionOutput {
  /** Where the provider serves the picture, if one was made; fetch it through `PredictionDeps.download` only. */
  image?: string;
  /** Where it serves a picture of how the result will look, if one was made. */
  preview?: string;
  /** What was measured of the result: `width`, `height`, `paths`, … */
  measures?: Record<string, unknown>;
  /** Which engine made it, e.g. `local-preview`, `fashn`, or the hosted model's name. */
  engine: string;
  model?: string;
  /** What was read off a picture, when that was asked for. */
  analysis?: Record<string, unknown>;
  fit_analysis?: Record<string, unknown>;
  /** 0 to 1, when the engine measured it. */
  quality_score?: number;
  /** 0 to 1, when the engine measured it. */
  confidence_score?: number;
}

/** A failure as the provider names it, in a stable code and a sentence for people. */
export interface PredictionFailure {
  code: string;
  message: string;
}

/** A prediction as its provider reports it. */
export interface Prediction {
  /** The provider's own id. */
  id: string;
  state: PredictionState;
  /** Present when `state` is `succeeded`. */
  output?: PredictionOutput;
  /** Present when `state` is `failed` or `canceled`. */
  failure?: PredictionFailure;
  /** What the provider charges us for it, in millionths of a US dollar; absent while that is not known. */
  costMicros?: number;
}

/** True when the provider will not change this state any more. */
export function isTerminal(state: PredictionState): boolean {
  return state === "succeeded" || state === "failed" || state === "canceled";
}
