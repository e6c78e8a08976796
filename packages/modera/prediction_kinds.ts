import type { PredictionKind } from "../predictions/kind.ts";
import { styleAnalysisPrediction } from "./style_analysis.ts";
import { tryOnPrediction } from "./try_on_prediction.ts";

/** All that MODERA asks of AI providers. */
export const predictionKinds: readonly PredictionKind[] = [
  tryOnPrediction,
  styleAnalysisPrediction,
];
