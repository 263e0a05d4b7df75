// The vault's passphrase: whoever has a screen is asked for it when a request first needs a key; and the commands that lock and protect.

import type { Command, CommandOf } from "../domain/protocol.ts";
import { type CommandResult, done, refuse } from "../engine/command-result.ts";
import type { Vault } from "../host/vault.ts";
import type { KeyPlace } from "../host/vault-key.ts";

type VaultCommand = CommandOf<"vault.unlock" | "vault.decline" | "vault.lock" | "vault.protect">;

export interface VaultGate {
  /**
   * Resolves when the vault is not locked, when it was declined, when `wait` aborts, or at once where nobody has a screen to be asked on.
   * What opens the vault then finds out.
   */
  want(wait: AbortSignal): Promise<void>;
  /** Somebody is asked at this moment. */
  readonly isWanted: boolean;
  run(command: VaultCommand, seq: number): Promise<CommandResult>;
  /** A screen has gone: without any nobody can answer. */
  screenGone(): void;
  /** Who is to be told that the passphrase is wanted, or no more; and whether there is anybody. */
  serve(screens: { hasScreen(): boolean; onWanted(isWanted: boolean): void }): void;
}

export function isVaultCommand(command: Command): command is VaultCommand {
  return command.type.startsWith("vault.");
}

export function createVaultGate(vault: Pick<Vault, "isLocked" | "unlock" | "lock" | "protect">): VaultGate {
  const waiting = new Set<() => void>();
  let screens: Parameters<VaultGate["serve"]>[0] = { hasScreen: () => false, onWanted: () => {} };

  function releaseAll(): void {
    for (const release of [...waiting]) release();
  }

  function wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const release = (): void => {
        if (!waiting.delete(release)) return;
        signal.removeEventListener("abort", release);
        if (waiting.size === 0) screens.onWanted(false);
        resolve();
      };
      waiting.add(release);
      signal.addEventListener("abort", release, { once: true });
      if (waiting.size === 1) screens.onWanted(true);
    });
  }

  async function run(command: VaultCommand, seq: number): Promise<CommandResult> {
    switch (command.type) {
      case "vault.unlock": {
        const opened = await vault.unlock(command.passphrase);
        if (!opened.ok) return refuse(opened.problem);
        releaseAll();
        return done(seq, "the vault is open, until the server leaves or it is locked");
      }
      case "vault.decline":
        releaseAll();
        return done(seq);
      case "vault.lock": {
        const locked = await vault.lock();
        return locked.ok ? done(seq, "the vault is locked; what next needs a key asks for the passphrase") : refuse(locked.problem);
      }
      case "vault.protect": {
        const place = placeOf(command);
        if (place === null) return refuse("give the new passphrase");
        const kept = await vault.protect(place, command.current ?? null);
        if (!kept.ok) return refuse(kept.problem);
        releaseAll();
        return done(seq);
      }
      default:
        return command satisfies never;
    }
  }

  return {
    want: async (signal) => {
      if (vault.isLocked && !signal.aborted && screens.hasScreen()) await wait(signal);
    },
    get isWanted() {
      return waiting.size > 0;
    },
    run,
    screenGone() {
      if (!screens.hasScreen()) releaseAll();
    },
    serve(served) {
      screens = served;
    },
  };
}

function placeOf({ place, passphrase }: Extract<VaultCommand, { type: "vault.protect" }>): KeyPlace | null {
  if (place !== "passphrase") return { type: place };
  return passphrase === undefined ? null : { type: "passphrase", passphrase };
}
