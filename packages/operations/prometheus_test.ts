import assert from "node:assert/strict";
import { exposition } from "./prometheus.ts";

Deno.test("gauges are written with their labels escaped", () => {
  const text = exposition([
    { name: "a_total", help: "All.", samples: [{ value: 1.5 }] },
    {
      name: "b",
      help: "Some.",
      samples: [{ labels: { code: 'a"b\\c\nd', status: "500" }, value: 0 }],
    },
    { name: "c", help: "None.", samples: [] },
  ]);
  assert.equal(
    text,
    [
      "# HELP a_total All.",
      "# TYPE a_total gauge",
      "a_total 1.5",
      "# HELP b Some.",
      "# TYPE b gauge",
      'b{code="a\\"b\\\\c\\nd",status="500"} 0',
      "# HELP c None.",
      "# TYPE c gauge",
      "",
    ].join("\n"),
  );
});
