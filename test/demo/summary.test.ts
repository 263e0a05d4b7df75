// Asked for a summary, the demo lists what was asked and run, and says that it is no AI.

import assert from "node:assert/strict";
import { test } from "node:test";
import { planReply } from "../../src/demo/scripts.ts";
import { SUMMARY_REQUEST } from "../../src/domain/context.ts";
import { call, chain, result, summaryAfter, text, user } from "../support/transcripts.ts";

test("the demo answers a request for a summary with what was asked and run, and keeps an older summary", () => {
  const before = chain([user("zero")]);
  const items = [
    summaryAfter(before, "i0", "OLDER"),
    ...chain([user("list the files"), call("c1", "ls -la"), result("c1"), text("done"), user(`${SUMMARY_REQUEST} list the files`)], "n"),
  ];
  const reply = planReply(items, []);
  assert.equal(reply.call, undefined);
  for (const words of ["OLDER", "- list the files", "`ls -la`", "not an AI"]) assert.ok(reply.text.includes(words), words);
});
