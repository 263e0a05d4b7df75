// Checks a Signature Version 4 as AWS publishes it ("Create a signed AWS API request", IAM User Guide), with node:crypto alone:
// independent of the library that signs.

import { createHash, createHmac } from "node:crypto";
import type { Seen } from "./ground.ts";

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

export interface Verified {
  readonly problem: string | null;
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
}

/** `secretOf` gives the secret key of an access key id. */
export function verifySignature({ method, url, headers, body }: Seen, secretOf: (id: string) => string, nowMs: number): Verified {
  const authorization =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, id = "", day = "", region = "", service = "", list = "", given = ""] = authorization.exec(headers.authorization ?? "") ?? [];
  const signedHeaders = list.split(";");
  const failed = (problem: string | null): Verified => ({ problem, accessKeyId: id, region, service, signedHeaders });
  const at = String(headers["x-amz-date"] ?? "");
  if (given === "") return failed("no signature");
  const [path = "/", query = ""] = url.split("?");
  const pairs = [...new URLSearchParams(query)].map(([name, value]) => `${encode(name)}=${encode(value)}`).toSorted();
  const values = signedHeaders
    .map(
      (name) =>
        `${name}:${String(headers[name] ?? "")
          .trim()
          .replace(/ +/g, " ")}\n`,
    )
    .join("");
  // Every segment is encoded twice for all services but S3.
  const canonicalPath = path.split("/").map(encode).join("/");
  const canonical = [method, canonicalPath, pairs.join("&"), values, list, hash(body)].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", at, scope, hash(canonical)].join("\n");
  const key = hmac(hmac(hmac(hmac(`AWS4${secretOf(id)}`, day), region), service), "aws4_request");
  if (hmac(key, toSign).toString("hex") !== given) return failed("the signature does not match");
  if (headers["x-amz-content-sha256"] !== undefined && headers["x-amz-content-sha256"] !== hash(body)) return failed("another body");
  const signedAtMs = Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  return failed(Math.abs(signedAtMs - nowMs) > 300_000 ? "Signature expired" : null);
}
