import assert from "node:assert/strict";
import { anyShape, seasonColours, shapeAdvice } from "../../imaging/style/rules.ts";
import { readerOf } from "../../notices/reader.ts";
import { toText } from "../../notices/message.ts";
import { failureForPeople } from "../../work/failure.ts";
import { type ChatResult, resultMessage } from "./result_notices.ts";
import { cuts, failures, seasons, shapes } from "./result_words.ts";

const root = new URL("../../../packages/imaging", import.meta.url).pathname;
const [en, ru] = [readerOf("en", "UTC"), readerOf("ru", "UTC")];

const nothing: ChatResult = {
  session_type: "tryon",
  result_path: null,
  profile: null,
  recommendations: null,
  failure_code: null,
  failure_message: null,
};

Deno.test("a try-on comes back as its picture, with what it cost", () => {
  const message = resultMessage({ ...nothing, result_path: "u/t.png" }, 3, ru);
  assert.deepEqual(message.blocks, [{
    kind: "picture",
    bucket: "modera-results",
    path: "u/t.png",
  }]);
  assert.equal(toText(message), "Вот как это выглядит.\n\nСписано: 3 кредита.\n");
});

Deno.test("a style analysis comes back as words, in the person's language", () => {
  const named = (...names: string[]) => names.map((name) => ({ name }));
  const result: ChatResult = {
    ...nothing,
    session_type: "styling",
    profile: { season: "autumn", shape: "inverted_triangle" },
    recommendations: {
      colours: { wear: named("olive", "camel"), avoid: named("silver") },
      necklines: named("v-neck"),
      fits: named("a cut of another provider"),
    },
  };
  const english = toText(resultMessage(result, 5, en));
  for (
    const part of ["Your season: autumn", "Your figure: inverted triangle", "Wear: olive, camel"]
  ) {
    assert.ok(english.includes(part), part);
  }
  const russian = toText(resultMessage(result, 5, ru));
  for (const part of ["осень", "Носите: оливковый, верблюжий", "Крой: a cut of another provider"]) {
    assert.ok(russian.includes(part), part);
  }
});

Deno.test("a failure says why, and that nothing was charged", () => {
  const failed = {
    ...nothing,
    failure_code: "several_people",
    failure_message: "Only one person.",
  };
  assert.match(toText(resultMessage(failed, 0, en)), /Only one person\.[^]*No credits were used/);
  assert.match(toText(resultMessage(failed, 0, ru)), /один человек[^]*Кредиты не списаны/);
  const unknown = { ...failed, failure_code: "some_new_code" };
  assert.doesNotMatch(toText(resultMessage(unknown, 0, ru)), /[a-z]{4}/i);
});

Deno.test("all that the local engine says of style and failures has its words in Russian", async () => {
  const advice = [anyShape, ...Object.values(shapeAdvice)];
  const named = advice.flatMap(({ necklines, fits }) => [...necklines, ...fits]);
  for (const { name } of named) assert.ok(cuts[name], name);
  for (const name of Object.keys(seasonColours)) assert.ok(seasons[name], name);
  for (const name of Object.keys(shapeAdvice)) assert.ok(shapes[name], name);
  const codes = ["pose_error", "internal_server_error", "input_changed", "provider_unavailable"]
    .map((code) => failureForPeople({ code, message: "" }).code);
  for (const code of [...codes, ...await refusals(root)]) assert.ok(failures[code], code);
});

/** The codes under a folder; what the engine says of artwork for print is not MODERA's. */
async function refusals(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (name === "print") continue;
    if (isDirectory) found.push(...await refusals(`${folder}/${name}`));
    else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) {
      const source = await Deno.readTextFile(`${folder}/${name}`);
      found.push(...[...source.matchAll(/new Refusal\(\s*"([a-z_]+)"/g)].map(([, code]) => code!));
    }
  }
  return found;
}
