// A small file that was named on the command line, read whole.

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { messageOf } from "../domain/message-of.ts";
import { type Mistake, mistake } from "./problem.ts";

export type SmallFile = { readonly ok: true; readonly text: string } | Mistake;

/** What a shell makes of `<(…)`, and standard input by its name: pipes that somebody writes to. */
const HANDED_OVER = /^\/(dev\/fd\/\d+|proc\/self\/fd\/\d+|dev\/stdin)$/;

/** `name`: as messages call it. A pipe or a device with a name of its own is refused: it could keep us waiting for ever. */
export function readSmallFile(path: string, name: string, maxBytes: number): SmallFile {
  const isHandedOver = HANDED_OVER.test(path);
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | (isHandedOver ? 0 : constants.O_NONBLOCK));
  } catch (error) {
    return mistake(`${name}: ${reasonOf(error)}`);
  }
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) return mistake(`${name}: this is a folder`);
    if (!stat.isFile() && !(isHandedOver && stat.isFIFO())) return mistake(`${name}: this is no file, but a pipe or a device`);
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    return length > maxBytes
      ? mistake(`${name}: it is too large; up to ${maxBytes} bytes are taken`)
      : { ok: true, text: bytes.toString("utf8", 0, length).replace(/^\ufeff/, "") };
  } catch (error) {
    return mistake(`${name}: ${reasonOf(error)}`);
  } finally {
    closeSync(descriptor);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "you may not read it";
  if (code === "ENOTDIR") return "a folder on the way to it is a file";
  return `it cannot be read (${messageOf(error)})`;
}
