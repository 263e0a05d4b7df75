// As much of oidc-provider 9 as the tests use; the package brings no types.

declare module "oidc-provider" {
  import type { RequestListener } from "node:http";

  export class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
    readonly AccessToken: { find(token: string): Promise<object | undefined> };
  }
}
