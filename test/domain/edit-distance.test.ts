// How slips of the user's are counted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { editDistance } from "../../src/domain/edit-distance.ts";

test("a letter too many, too few, another one, and two swapped are one slip each", () => {
  assert.equal(editDistance("model", "model"), 0);
  assert.equal(editDistance("modell", "model"), 1);
  assert.equal(editDistance("modl", "model"), 1);
  assert.equal(editDistance("modal", "model"), 1);
  assert.equal(editDistance("mdoel", "model"), 1);
  assert.equal(editDistance("", "model"), 5);
  assert.equal(editDistance("kitten", "sitting"), 3);
});
