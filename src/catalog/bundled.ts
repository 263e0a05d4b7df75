// The bundled catalog as one value, for rooms that are handed a catalog instead of importing one.

import { authForWire } from "./auth.ts";
import { findProvider, listProviders, modelsOf } from "./catalog.ts";
import { isGeneralName, preferredPair, preferredProviders } from "./preferred.ts";

/** `loadModels()` must have resolved before its models are asked for. */
export const bundledCatalog = {
  listProviders,
  findProvider,
  modelsOf,
  preferredPair,
  preferredProviders,
  isGeneralName,
  authForWire,
};
