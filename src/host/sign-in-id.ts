// Under which names the vault keeps the tokens of a signed-in account.

/** The access token, bound to the provider's origin. */
export function signInId(provider: string): string {
  return `sign-in.${provider}`.slice(0, 64);
}

/** The refresh token, bound to the issuer's origin: it is never sent anywhere else. */
export function refreshId(provider: string): string {
  return `sign-in-refresh.${provider}`.slice(0, 64);
}
