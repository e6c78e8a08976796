import { dtfPredictionKinds } from "../dtf/operations/prediction.ts";
import { predictionKinds as moderaPredictionKinds } from "../modera/prediction_kinds.ts";
import type { PredictionKind } from "../predictions/kind.ts";

/** What all products ask of AI providers, for the webhook. A product adds its own here. */
export const productPredictionKinds: readonly PredictionKind[] = [
  ...moderaPredictionKinds,
  ...dtfPredictionKinds,
];
