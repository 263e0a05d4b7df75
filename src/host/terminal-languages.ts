// How code in a language is run: the shell takes its own, the others go through a private file and a command that all can see.

export type Language =
  | { readonly type: "shell" }
  | {
      readonly type: "file";
      readonly extension: string /** `FILE` stands for the quoted path. */;
      readonly command: string;
      readonly program: string;
      readonly install: string;
    }
  /** Nothing to run: the file is the result. */
  | { readonly type: "document"; readonly extension: string };

function byFile(extension: string, command: string, program: string, install: string): Language {
  return { type: "file", extension, command, program, install };
}

const SHELL: Language = { type: "shell" };
// Modules of the folder in which the shell stands can be imported: that is what PYTHONPATH and `-e` are for.
const PYTHON = byFile("py", "PYTHONPATH=.:$PYTHONPATH python3 FILE", "python3", "python3");
const JAVASCRIPT = byFile("js", 'node -e "$(< FILE)"', "node", "nodejs");
const TYPESCRIPT = byFile("ts", 'node --input-type=module-typescript -e "$(< FILE)"', "node", "nodejs (22.18 or newer)");

const LANGUAGES: Readonly<Record<string, Language | undefined>> = {
  shell: SHELL,
  bash: SHELL,
  sh: SHELL,
  zsh: SHELL,
  console: SHELL,
  terminal: SHELL,
  python: PYTHON,
  python3: PYTHON,
  py: PYTHON,
  javascript: JAVASCRIPT,
  js: JAVASCRIPT,
  node: JAVASCRIPT,
  typescript: TYPESCRIPT,
  ts: TYPESCRIPT,
  ruby: byFile("rb", "ruby -I. FILE", "ruby", "ruby"),
  perl: byFile("pl", "perl -I. FILE", "perl", "perl"),
  php: byFile("php", "php FILE", "php", "php-cli"),
  r: byFile("R", "Rscript FILE", "Rscript", "r-base-core"),
  lua: byFile("lua", "lua FILE", "lua", "lua5.4"),
  go: byFile("go", "go run FILE", "go", "golang-go"),
  java: byFile("java", "java FILE", "java", "default-jdk"),
  powershell: byFile("ps1", "pwsh -NoProfile -File FILE", "pwsh", "powershell"),
  html: { type: "document", extension: "html" },
  css: { type: "document", extension: "css" },
  markdown: { type: "document", extension: "md" },
  json: { type: "document", extension: "json" },
};

export function languageOf(name: string): Language | null {
  return Object.hasOwn(LANGUAGES, name) ? (LANGUAGES[name] ?? null) : null;
}

export const LANGUAGE_NAMES = Object.keys(LANGUAGES);

/** PHP code comes without its opening tag from most models. */
export function fileText(language: Language, code: string): string {
  const text = language.type === "file" && language.program === "php" && !/^\s*<\?/.test(code) ? `<?php\n${code}` : code;
  return text.endsWith("\n") ? text : `${text}\n`;
}

export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
