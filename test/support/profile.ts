// A whole profile for tests: what a test does not name is as little as can be.

import type { Profile } from "../../src/domain/profile.ts";

const least: Profile = {
  id: "p",
  provider: "test",
  providerName: "Test",
  wire: "chat",
  baseUrl: "http://127.0.0.1:9/v1",
  origin: "http://127.0.0.1:9",
  auth: { type: "none" },
  credential: "none",
  model: "m",
  modelName: "M",
  harness: "native",
  pair: null,
  effort: null,
  reasoning: "none",
  contextWindow: null,
  maxTokens: null,
  temperature: null,
  takesImages: false,
  price: null,
  tools: ["interpreter", "editor"],
  autoRun: false,
  maxBudgetMicros: null,
  isOffline: false,
  isLocal: false,
  quirks: {},
  from: "user",
};

export function profileWith(over: Partial<Profile>): Profile {
  return { ...least, ...over };
}
