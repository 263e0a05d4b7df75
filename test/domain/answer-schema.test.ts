// Does an answer fit a schema, and is a schema refused where the check could not see all of it?

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CheckedAnswer, readAnswerSchema } from "../../src/domain/answer-schema.ts";

const person = {
  type: "object",
  properties: {
    name: { type: "string", minLength: 1 },
    age: { type: "integer", minimum: 0 },
    tags: { type: "array", items: { $ref: "#/$defs/tag" } },
  },
  required: ["name", "age"],
  additionalProperties: false,
  $defs: { tag: { enum: ["a", "b"] } },
};

function check(schema: unknown, answer: string): CheckedAnswer {
  const read = readAnswerSchema(JSON.stringify(schema));
  assert.ok(read.ok, read.ok ? "" : read.problem);
  return read.check(answer);
}

test("an answer that fits is given as its JSON, also out of a fenced block", () => {
  for (const answer of [
    '{"name":"x","age":3}',
    ' {"name":"x","age":3}\n',
    '```json\n{"name":"x","age":3}\n```',
    '```\n{"name":"x","age":3}\n```',
  ])
    assert.deepEqual(check(person, answer), { ok: true, json: '{"name":"x","age":3}' });
  assert.deepEqual(check({ type: ["string", "null"] }, "null"), { ok: true, json: "null" });
});

test("what does not fit is told by its place", () => {
  const problemOf = (answer: string) => {
    const checked = check(person, answer);
    assert.ok(!checked.ok);
    return checked.problem;
  };
  assert.match(problemOf('Here: {"name":"x","age":3}'), /one JSON value and nothing else/);
  assert.match(problemOf('{"name":"x"}'), /^age: /);
  assert.match(problemOf('{"name":"","age":-1}'), /^name: .*; age: /);
  assert.match(problemOf('{"name":"x","age":1.5}'), /^age: /);
  assert.match(problemOf('{"name":"x","age":1,"other":2}'), /the value: .*other/);
  assert.match(problemOf('{"name":"x","age":1,"tags":["c"]}'), /^tags\.0: /);
});

test("a schema that cannot be checked whole is refused with the reason", () => {
  const refused = (text: string) => {
    const read = readAnswerSchema(text);
    assert.ok(!read.ok);
    return read.problem;
  };
  assert.match(refused("nope"), /not JSON/);
  assert.match(refused("[]"), /is an object/);
  assert.match(refused('{"type":"array","uniqueItems":true}'), /"uniqueItems" cannot be checked/);
  assert.match(refused('{"type":"object","if":{},"then":{}}'), /not supported/);
  assert.match(refused('{"$ref":"https://example.com/x"}'), /\$ref/);
  // A property may be called what a keyword is called.
  assert.ok(readAnswerSchema('{"type":"object","properties":{"contains":{"type":"string"}}}').ok);
});
