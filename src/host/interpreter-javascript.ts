// The program that keeps JavaScript alive between pieces of code: it reads one line for each, runs it in one scope, sets our marks.
//
// Code runs through Node's own inspector in the mode that consoles use: names may be declared again, `await` stands at the top.
// Within vm's watch for Ctrl-C, so that an endless loop ends and the state stays, also one that goes on in microtasks alone.
// Node 18 or newer; TypeScript from 22.13.

export function javascriptFiles(nonce: string): Readonly<Record<"driver.cjs", string>> {
  return { "driver.cjs": driver(nonce) };
}

function driver(nonce: string): string {
  return String.raw`"use strict";
const { EventEmitter } = require("node:events");
const fs = require("node:fs");
const path = require("node:path");
const tty = require("node:tty");
const vm = require("node:vm");
const util = require("node:util");
const v8 = require("node:v8");
const module_ = require("node:module");
const { Session } = require("node:inspector");
const { pathToFileURL } = require("node:url");

const OUT = fs.openSync("/dev/tty", "w");
const input = new tty.ReadStream(fs.openSync("/dev/tty", "r"));
const session = new Session();
session.connect();
process.argv.length = 1;
delete globalThis.__dirname;

/** How long work that the code has left behind is waited for. */
const LEFT_WORK_MS = 10000;
const PASSING = new Set(["Timeout", "Immediate", "FSReqCallback", "FSReqPromise", "ProcessWrap", "GetAddrInfoReqWrap", "TCPConnectWrap", "ZlibWrap"]);

// Node's own word about what this program is made of is nothing to the code that runs in it.
const { emitWarning } = process;
process.emitWarning = (warning, ...rest) => {
  if (!/vm\.USE_MAIN_CONTEXT_DEFAULT_LOADER|stripTypeScriptTypes/.test(String(warning))) emitWarning.call(process, warning, ...rest);
};

/** Ctrl-C may end code in the middle of a write; a stream would take itself to be still writing, and show nothing ever after. */
for (const stream of [process.stdout, process.stderr]) {
  const { write } = stream;
  stream.write = (chunk, encoding, done) => {
    const isText = typeof chunk === "string";
    if (!isText && !ArrayBuffer.isView(chunk)) return write.call(stream, chunk, encoding, done);
    const isNamed = typeof encoding === "string";
    const bytes = isText ? Buffer.from(chunk, isNamed ? encoding : "utf8") : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(OUT, bytes, at);
    const told = isNamed ? done : encoding ?? done;
    if (typeof told === "function") process.nextTick(told);
    return true;
  };
}

const mark = (text) => fs.writeSync(OUT, "\x1b]133;" + text + "\x07");
const say = (text) => process.stderr.write(text.endsWith("\n") ? text : text + "\n");

class Exit {
  constructor(code) {
    this.code = code;
  }
}
process.exit = (code) => {
  throw new Exit(Number(code ?? process.exitCode ?? 0) & 255);
};

/** Timers that code has made: Node has no list of them, and what waits between its steps goes on by its timers alone. */
let timers = new Set();
let timersMax = 1000;
const keep = (timer) => {
  timers.add(timer);
  if (timers.size < timersMax) return timer;
  timers = new Set([...timers].filter((each) => each._destroyed !== true));
  timersMax = Math.max(1000, timers.size * 2);
  return timer;
};
const ownSetInterval = setInterval;
const ownSetTimeout = setTimeout;
const timersModule = require("node:timers");
const waits = require("node:timers/promises");
for (const name of ["setTimeout", "setInterval", "setImmediate"]) {
  const make = globalThis[name];
  const made = (...given) => keep(make(...given));
  globalThis[name] = timersModule[name] = Object.defineProperties(made, Object.getOwnPropertyDescriptors(make));
}
const { setTimeout: waitFor, setImmediate: yieldFor } = waits;
waits.setTimeout = (ms, value, options) => (options === undefined ? new Promise((resolve) => setTimeout(resolve, ms, value)) : waitFor(ms, value, options));
waits.setImmediate = (value, options) => (options === undefined ? new Promise((resolve) => setImmediate(resolve, value)) : yieldFor(value, options));
module_.syncBuiltinESMExports();

/** Of the code that was interrupted. */
function dropTimers() {
  for (const timer of timers) {
    if (cell?.before.has(timer) !== false) continue;
    clearTimeout(timer);
    clearImmediate(timer);
  }
}

let cell = null;
// While code waits for something that nothing will bring, the process must not end.
ownSetInterval(() => {}, 1 << 30);

/** Where the code thinks it lies: its folder's modules can be required and imported. */
let standsIn = null;
function standIn(folder) {
  if (folder === standsIn) return;
  standsIn = folder;
  const file = path.join(folder, "code.js");
  globalThis.require = module_.createRequire(file);
  globalThis.module = { exports: {} };
  globalThis.exports = globalThis.module.exports;
  globalThis.__filename = file;
  globalThis.__dirname = folder;
  const main = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  const load =
    main === undefined
      ? (name) => import(/^\.{0,2}\//.test(name) ? pathToFileURL(path.resolve(folder, name)).href : module_.isBuiltin?.(name) ? name : pathToFileURL(globalThis.require.resolve(name)).href)
      : new vm.Script("(name) => import(name)", { filename: file, importModuleDynamically: main }).runInThisContext();
  Object.defineProperty(globalThis, "__interpaneImport", { value: (name) => load(String(name)), configurable: true });
  Object.defineProperty(globalThis, "__interpaneMeta", { value: { url: pathToFileURL(file).href, filename: file, dirname: folder }, configurable: true });
}

/** Static imports become awaited ones, import() gets our loader, exports are dropped. Strings, comments and patterns are left alone. */
function forConsole(code) {
  let out = "";
  let at = 0;
  let before = "";
  const templates = [];
  const take = (end) => {
    out += code.slice(at, end);
    at = end;
  };
  const lineEnd = () => {
    const end = code.indexOf("\n", at);
    return end < 0 ? code.length : end;
  };
  const text = () => {
    for (let i = at; i < code.length; i++) {
      if (code[i] === "\\") i++;
      else if (code[i] === "\x60") return take(i + 1);
      else if (code[i] === "$" && code[i + 1] === "{") {
        templates.push(0);
        return take(i + 2);
      }
    }
    take(code.length);
  };
  while (at < code.length) {
    const char = code[at];
    if (/\s/.test(char)) {
      take(at + 1);
      continue;
    }
    if (char === "/" && code[at + 1] === "/") {
      take(lineEnd());
      continue;
    }
    if (char === "/" && code[at + 1] === "*") {
      const end = code.indexOf("*/", at + 2);
      take(end < 0 ? code.length : end + 2);
      continue;
    }
    const word = /^[\p{ID_Start}$_#][\p{ID_Continue}$]*/u.exec(code.slice(at, at + 200))?.[0];
    if (word !== undefined) {
      const replaced = before === "." ? null : declared(code, at, word);
      if (replaced === null) take(at + word.length);
      else {
        out += replaced.text;
        at = replaced.end;
      }
      before = word;
      continue;
    }
    if (char === '"' || char === "'") {
      let end = at + 1;
      while (end < code.length && code[end] !== char && code[end] !== "\n") end += code[end] === "\\" ? 2 : 1;
      take(end + 1);
      before = "x";
      continue;
    }
    if (char === "\x60") {
      take(at + 1);
      text();
      before = "x";
      continue;
    }
    if (char === "/" && (before === "" || /^[([{,;=:?!&|+\-*%<>~^]$/.test(before) || ["return", "typeof", "case", "in", "of", "await", "yield", "void", "delete", "throw"].includes(before))) {
      const end = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/.exec(code.slice(at))?.[0].length;
      take(at + (end ?? 1));
      before = "x";
      continue;
    }
    if (templates.length > 0 && char === "{") templates[templates.length - 1]++;
    if (templates.length > 0 && char === "}" && templates[templates.length - 1]-- === 0) {
      templates.pop();
      take(at + 1);
      text();
      before = "x";
      continue;
    }
    take(at + 1);
    before = char;
  }
  return out;
}

const IMPORT = /import\s*(?:([\w$]+)\s*,?\s*)?(?:\*\s*as\s+([\w$]+)\s*|\{([^}]*)\}\s*)?from\s*(['"])([^'"\n]+)\4(?:\s+(?:with|assert)\s*(\{[^}]*\}))?\s*;?|import\s*(['"])([^'"\n]+)\7\s*;?/y;

function declared(code, at, word) {
  if (word === "export") {
    const [whole = ""] = /^export\s+default\s+/.exec(code.slice(at)) ?? [];
    if (whole !== "") return /^(?:async\s+function|function|class)\s*\*?\s*[\w$]+/.test(code.slice(at + whole.length)) ? { text: "", end: at + whole.length } : { text: "globalThis.exports.default = ", end: at + whole.length };
    const list = /^export\s*\{[^}]*\}\s*;?/.exec(code.slice(at))?.[0];
    return list === undefined ? { text: "", end: at + word.length } : { text: ";", end: at + list.length };
  }
  if (word !== "import") return null;
  const next = /^import\s*(\(|\.\s*meta\b)/.exec(code.slice(at, at + 200));
  if (next?.[1] === "(") return { text: "__interpaneImport", end: at + word.length };
  if (next !== null) return { text: "__interpaneMeta", end: at + next[0].length };
  IMPORT.lastIndex = at;
  const found = IMPORT.exec(code);
  if (found === null) return null;
  const [whole, own, all, named, , name, , , bare] = found;
  const lines = "\n".repeat(whole.split("\n").length - 1);
  const end = at + whole.length;
  if (bare !== undefined) return { text: "await __interpaneImport(" + JSON.stringify(bare) + ");" + lines, end };
  const from = "await __interpaneImport(" + JSON.stringify(name) + ")";
  const parts = [];
  if (own !== undefined) parts.push("default: " + own);
  if (named !== undefined) parts.push(named.replace(/\s+as\s+/g, ": ").replace(/\s+/g, " "));
  const texts = [];
  if (parts.length > 0) texts.push("var { " + parts.join(", ") + " } = " + from + ";");
  if (all !== undefined) texts.push("var " + all + " = " + from + ";");
  return { text: texts.join(" ") + lines, end };
}

function withoutTypes(code) {
  const strip = module_.stripTypeScriptTypes;
  if (strip === undefined) throw new Error("TypeScript needs Node 22.13 or newer; this is " + process.version);
  try {
    return strip(code, { mode: "transform" });
  } catch (error) {
    if (error?.code !== "ERR_INVALID_ARG_VALUE") throw error;
    return strip(code);
  }
}

function post(method, params) {
  return new Promise((resolve, reject) => session.post(method, params, (error, answer) => (error ? reject(error) : resolve(answer))));
}

/** The value itself, which the inspector only names. */
async function valueOf(remote) {
  if (remote.objectId === undefined) {
    if (remote.unserializableValue?.endsWith("n")) return BigInt(remote.unserializableValue.slice(0, -1));
    return remote.unserializableValue === undefined ? remote.value : Number(remote.unserializableValue);
  }
  let value;
  Object.defineProperty(globalThis, "__interpaneTake", { value: (given) => { value = given; }, configurable: true });
  await post("Runtime.callFunctionOn", { objectId: remote.objectId, functionDeclaration: "function() { __interpaneTake(this); }" });
  delete globalThis.__interpaneTake;
  // Symbols and functions come wrapped otherwise.
  return remote.type === "symbol" && typeof value === "object" ? value.valueOf() : value;
}

/**
 * Node runs microtasks when we are back in its loop, outside the watch for Ctrl-C: a loop over what is settled already would never end.
 * Ticks stay with Node, which aborts where one is cut off in the middle. Where V8 lacks this, such a loop ends with the process.
 */
const runMicrotasks = (() => {
  try {
    v8.setFlagsFromString("--allow-natives-syntax");
    return new Function("%PerformMicrotaskCheckpoint()");
  } catch {
    return () => {};
  } finally {
    v8.setFlagsFromString("--no-allow-natives-syntax");
  }
})();

/** Not to be called from a microtask: those would not run in it. */
function start(code, name) {
  return new Promise((resolve) => {
    const params = { expression: code + "\n//# sourceURL=" + name, replMode: true };
    let isWatched = true;
    let early = null;
    const settle = (answer) => (isWatched ? (early = answer) : resolve(answer));
    const run = () => {
      session.post("Runtime.evaluate", params, (error, answer) => settle(error ? { isInterrupted: true } : answer));
      runMicrotasks();
    };
    Object.defineProperty(globalThis, "__interpaneRun", { value: run, configurable: true });
    try {
      new vm.Script("__interpaneRun()").runInThisContext({ breakOnSigint: true });
    } catch {
      early = { isInterrupted: true };
    } finally {
      isWatched = false;
      delete globalThis.__interpaneRun;
    }
    if (early !== null) resolve(early);
  });
}

function shortStack(error, name) {
  const stack = typeof error.stack === "string" ? error.stack : util.inspect(error);
  const lines = stack.split("\n").filter((line) => !/^\s+at /.test(line) || !/node:|evalmachine|driver\.cjs|at new Promise \(<anonymous>\)/.test(line));
  const more = Object.keys(error).length > 0 ? " " + util.inspect({ ...error }, { depth: 1 }) : "";
  const cause = error.cause instanceof Error ? "\n[cause]: " + shortStack(error.cause, name) : "";
  return lines.join("\n") + more + cause;
}

function sayThrown(thrown, details) {
  if (!(thrown instanceof Error)) return say("Uncaught " + util.inspect(thrown));
  const line = thrown instanceof SyntaxError && details !== undefined && !/\(line \d/.test(thrown.message) ? " (line " + (details.lineNumber + 1) + ")" : "";
  const stack = shortStack(thrown);
  const end = stack.indexOf("\n");
  say(end < 0 ? stack + line : stack.slice(0, end) + line + stack.slice(end));
}

function show(value, code) {
  if (value === undefined || value instanceof EventEmitter || /^(Timeout|Immediate)$/.test(value?.constructor?.name)) return;
  if (/;\s*$/.test(code) && (typeof value === "object" || typeof value === "function")) return;
  console.log(util.inspect(value, { depth: 3, maxArrayLength: 100, maxStringLength: 4000, breakLength: 100 }));
}

const leftWork = () => {
  const kinds = {};
  for (const kind of process.getActiveResourcesInfo?.() ?? []) if (PASSING.has(kind)) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return kinds;
};

/** As a script would: until timers, reads and child processes are done, though not for ever. */
async function settle(before) {
  const end = Date.now() + LEFT_WORK_MS;
  const isLeft = () => Object.entries(leftWork()).some(([kind, count]) => count > (before[kind] ?? 0));
  await new Promise((resolve) => setImmediate(resolve));
  while (isLeft() && cell?.status === null) {
    if (Date.now() > end) return say("[timers or other work of this code go on in the background]");
    await pause();
  }
}

/** Our own timer must not count as work of the code. */
function pause() {
  return new Promise((resolve) => {
    ownSetTimeout(resolve, 5).unref();
  });
}

async function execute(request) {
  standIn(process.cwd());
  const name = request.language + "-" + request.number;
  let code = fs.readFileSync(request.file, "utf8");
  try {
    if (request.language === "typescript") code = withoutTypes(code);
  } catch (error) {
    sayThrown(error);
    return 1;
  }
  const before = leftWork();
  const answer = await start(forConsole(code), name);
  if (answer.isInterrupted) {
    dropTimers();
    return 130;
  }
  const value = await valueOf(answer.exceptionDetails?.exception ?? answer.result);
  if (answer.exceptionDetails !== undefined) {
    if (value instanceof Exit) return value.code;
    sayThrown(value, answer.exceptionDetails);
    return 1;
  }
  if (value instanceof Promise) show(await value, code);
  else show(value, code);
  await settle(before);
  return 0;
}

async function run(request) {
  const { promise: ended, resolve } = withResolvers();
  cell = { status: null, end: resolve, before: new Set(timers) };
  const finish = (status) => {
    if (cell !== null) cell.status ??= status;
    resolve(status);
  };
  cell.end = finish;
  execute(request).then(finish, (error) => {
    if (error instanceof Exit) return finish(error.code);
    sayThrown(error);
    finish(1);
  });
  const status = await ended;
  cell = null;
  return status;
}

function withResolvers() {
  let resolve;
  const promise = new Promise((take) => { resolve = take; });
  return { promise, resolve };
}

const trouble = (error) => {
  if (error instanceof Exit) return cell?.end(error.code);
  sayThrown(error);
  cell?.end(1);
};
process.on("uncaughtException", trouble);
process.on("unhandledRejection", trouble);
process.on("SIGINT", () => {
  dropTimers();
  cell?.end(130);
});

let status = 0;
let waiting = "";
function prompt() {
  let folder = "";
  try {
    folder = process.cwd();
  } catch {}
  if (/[\x00-\x1f\x7f]/.test(folder)) folder = "";
  input.setRawMode(true);
  mark("D;" + status + ";${nonce};" + folder);
  waiting = "";
  input.resume();
  mark("B;${nonce}");
}
input.setEncoding("utf8");
input.on("data", async (text) => {
  if (cell !== null) return;
  waiting += text;
  const end = waiting.search(/[\r\n]/);
  if (end < 0) return;
  let request;
  try {
    request = JSON.parse(waiting.slice(0, end).replace(/[\x00-\x1f]/g, ""));
  } catch {
    waiting = "";
    return;
  }
  input.pause();
  input.setRawMode(false);
  mark("C;${nonce}");
  try {
    if (request.cwd) process.chdir(request.cwd);
    status = await run(request);
  } catch (error) {
    sayThrown(error);
    status = 1;
  }
  if (status === 130) say("[interrupted]");
  prompt();
});
prompt();
`;
}
