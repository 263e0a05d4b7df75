// A certificate for tests, made here and trusted by nobody who is not handed it: self-signed, P-256, for any number of names.

import { generateKeyPairSync, sign } from "node:crypto";

export interface TestCertificate {
  /** PEM, both. */
  readonly key: string;
  readonly cert: string;
}

const lengthOf = (length: number): Buffer => {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xffff ? 6 : length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
};
/** One DER value: tag, length, contents (X.690). */
const der = (tag: number, ...contents: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
};
const sequence = (...contents: readonly Buffer[]): Buffer => der(0x30, ...contents);
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const utcTime = (date: Date): Buffer => der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));

const ecdsaWithSha256 = sequence(der(0x06, hex("2a8648ce3d040302")));
const commonName = sequence(der(0x31, sequence(der(0x06, hex("550403")), der(0x0c, Buffer.from("interpane test")))));

/** Valid for an hour around now (RFC 5280, sections 4.1 and 4.2.1.6). */
export function makeCertificate(names: readonly string[]): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const now = Date.now();
  const altNames = sequence(...names.map((name) => der(0x82, Buffer.from(name, "ascii"))));
  const body = sequence(
    der(0xa0, der(0x02, hex("02"))),
    der(0x02, hex("01")),
    ecdsaWithSha256,
    commonName,
    sequence(utcTime(new Date(now - 1_800_000)), utcTime(new Date(now + 1_800_000))),
    commonName,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(sequence(der(0x06, hex("551d11")), der(0x04, altNames)))),
  );
  const whole = sequence(body, ecdsaWithSha256, der(0x03, hex("00"), sign("sha256", body, privateKey)));
  const lines = whole.toString("base64").replace(/.{1,64}/g, "$&\n");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
  };
}
