// An OpenID provider that nobody here wrote (oidc-provider) on loopback, and just enough of a browser to sign in at it.

import http from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { Provider } from "oidc-provider";

// At every start it says that it is set up for tests, which it is.
for (const way of ["info", "warn"] as const) {
  const say = console[way];
  console[way] = (...words: unknown[]) => {
    if (!/^\S*oidc-provider (?:NOTICE|WARNING): /.test(String(words[0]))) say(...words);
  };
}

export const CLIENT_ID = "interpane-test";

export interface Oidc {
  readonly issuer: string;
  /** Paths that were asked for, each with its method. */
  readonly asked: string[];
  isGood(accessToken: string): Promise<boolean>;
}

export async function startOidc(context: TestContext): Promise<Oidc> {
  const asked: string[] = [];
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        application_type: "native",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
        redirect_uris: ["http://127.0.0.1/auth/callback"],
      },
    ],
    cookies: { keys: ["test"] },
    scopes: ["openid", "offline_access", "profile", "email"],
    features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    ttl: { AccessToken: 3600, RefreshToken: 86_400, Session: 3600, Grant: 86_400, Interaction: 3600, AuthorizationCode: 60, IdToken: 3600 },
  });
  const answer = provider.callback();
  server.on("request", (request, response) => {
    asked.push(`${request.method} ${new URL(request.url ?? "/", issuer).pathname}`);
    void answer(request, response);
  });
  return { issuer, asked, isGood: async (token) => (await provider.AccessToken.find(token)) !== undefined };
}

/** Opens the page, signs in, consents, and follows to the callback; returns what that shows. */
export async function signInAt(url: string): Promise<{ status: number; text: string }> {
  const cookies = new Map<string, string>();
  let next = url;
  let form: string | null = null;
  for (let steps = 0; steps < 20; steps += 1) {
    const answer: Response = await fetch(next, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form === null ? {} : { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    const text = await answer.text();
    const location = answer.headers.get("location");
    if (location !== null) {
      next = new URL(location, next).href;
      form = null;
      continue;
    }
    const action = /<form[^>]*action="([^"]+)"/.exec(text)?.[1];
    if (action === undefined) return { status: answer.status, text };
    const prompt = /name="prompt" value="([^"]+)"/.exec(text)?.[1] ?? "";
    next = new URL(action, next).href;
    form = prompt === "login" ? "prompt=login&login=somebody&password=x" : `prompt=${prompt}`;
  }
  throw new Error("signing in goes in a circle");
}
