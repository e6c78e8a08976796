import { readAnswer } from "../database/answer.ts";
import { outputInvalid } from "../predictions/settle.ts";
import {
  foundStyleAnalysis,
  startedStyleAnalysis,
  styleAnalysis,
  type StyleAnalysisProduct,
} from "../work/style_analysis.ts";
import { sessionPrediction } from "./session_prediction.ts";

/** MODERA's style analyses. SQL decides. */
export const moderaStyleAnalyses: StyleAnalysisProduct = {
  product: "modera",
  async start(caller, { photo_path, session_id = null }, key) {
    const request = { photo_path, key, session_id };
    const answer = await caller.rpc("modera", "start_style_analysis", request);
    return readAnswer(startedStyleAnalysis, answer);
  },
  async read(caller, style_analysis_id) {
    const answer = await caller.rpc("modera", "style_analysis", { style_analysis_id });
    return readAnswer(foundStyleAnalysis, answer);
  },
};

/** MODERA's style analysis as a prediction: what was found is kept in SQL, and no picture. */
export const styleAnalysisPrediction = sessionPrediction({
  operation: "style-analysis",
  store(_deps, _session, { analysis }) {
    const read = styleAnalysis.safeParse(analysis);
    if (!read.success) throw outputInvalid("The engine gave no style analysis.", read.error);
    return Promise.resolve(null);
  },
});
