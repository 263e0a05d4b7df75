// What a secret is bound to (an origin: exact scheme, host and port), and which addresses are this machine or a private network.

import { BlockList, isIP } from "node:net";

/** `https://api.openai.com`, with the port only where it is not the scheme's own; null for what is not an http address. */
export function originOf(baseUrl: string): string | null {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  return url !== null && (url.protocol === "https:" || url.protocol === "http:") ? url.origin : null;
}

const privateRanges = new BlockList();
privateRanges.addSubnet("10.0.0.0", 8, "ipv4");
privateRanges.addSubnet("172.16.0.0", 12, "ipv4");
privateRanges.addSubnet("192.168.0.0", 16, "ipv4");
// Carrier-grade NAT, also the addresses of common private overlays (RFC 6598).
privateRanges.addSubnet("100.64.0.0", 10, "ipv4");
privateRanges.addSubnet("fc00::", 7, "ipv6");
// Link-local addresses are left out on purpose: cloud metadata servers live there.

const loopbackRange = new BlockList();
loopbackRange.addSubnet("127.0.0.0", 8, "ipv4");

/** The host of a URL without the brackets of an IPv6 literal. */
export function bareHost(url: URL): string {
  return url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
}

/** 127.0.0.0/8, ::1 and the one name `localhost`, which is never resolved; decided from the text alone. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && loopbackRange.check(host, "ipv4"));
}

export function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopbackHost(bareHost(new URL(origin)));
}

/** An address literal of a private network or of this machine. */
export function isPrivateAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  return isLoopbackHost(address) || privateRanges.check(address, version === 4 ? "ipv4" : "ipv6");
}
