// Signs a finished request with AWS's Signature Version 4. The only file that imports @smithy/signature-v4 and its hash.

import type { Unsigned } from "../net/door.ts";

export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsScope {
  readonly region: string;
  readonly service: string;
}

/**
 * The headers to send: those given but for names with "_" in them (a proxy of AWS's drops these, and the signature would not
 * match: so does Open Interpreter 0.0.39), and the signature's own. The libraries are loaded at the first call.
 */
export async function signRequest(
  request: Unsigned,
  keys: AwsKeys,
  { region, service }: AwsScope,
  at: Date,
): Promise<Readonly<Record<string, string>>> {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([import("@smithy/signature-v4"), import("@aws-crypto/sha256-js")]);
  const signer = new SignatureV4({ credentials: { ...keys }, region, service, sha256: Sha256 });
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !name.includes("_")));
  const { url } = request;
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query,
      headers: { ...headers, host: url.host },
      ...(request.body === null ? {} : { body: request.body }),
    },
    { signingDate: at },
  );
  return signed.headers;
}
