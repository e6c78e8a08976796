import assert from "node:assert/strict";
import { spanOf, traceparentOf } from "./trace.ts";

const given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

Deno.test("a trace goes on with a span of its own", () => {
  const span = spanOf(given);
  assert.deepEqual([span.traceId, span.flags], ["4bf92f3577b34da6a3ce929d0e0e4736", "01"]);
  assert.notEqual(span.spanId, "00f067aa0ba902b7");
  assert.equal(spanOf(traceparentOf(span)).traceId, span.traceId);
});

const strange = [
  null,
  "",
  "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
  "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
  "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
  `${given}\n{"level":"error"}`,
];

for (const traceparent of strange) {
  Deno.test(`${JSON.stringify(traceparent)} begins a new trace`, () => {
    const span = spanOf(traceparent);
    assert.match(traceparentOf(span), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    assert.notEqual(span.traceId, spanOf(traceparent).traceId);
  });
}
