// What a terminal of the user's own is called by itself: its program's title (OSC 0, 2), or what runs in its shell that gave none.

/** After output so long until it is looked at what runs: a program says its title, and a shell gives it the terminal, in this time. */
const LOOK_MS = 150;

export interface NameSources {
  /** The group in the foreground; null where there is none. */
  readonly foreground: () => number | null;
  /** The program that the terminal began with. */
  readonly first: () => number | null;
  /** Of the program that leads a group; null where it has gone. */
  readonly nameOf: (group: number) => string | null;
  /** Of another in that group, at more cost. */
  readonly memberOf: (group: number) => string | null;
  readonly onName: (name: string) => void;
}

export class TerminalName {
  readonly #sources: NameSources;
  #timer: NodeJS.Timeout | null = null;
  /** Said since the last look; by whom, the look finds out. */
  #fresh: string | null = null;
  /** Of the first program: a shell says where it is. */
  #own = "";
  /** Of another one, for as long as it is in the foreground: it may end without taking its title back. */
  #other: { readonly group: number; readonly title: string } | null = null;
  #name = "";
  /** Of a group whose leader has gone, looked for once. */
  #member: { readonly group: number; readonly name: string | null } | null = null;

  constructor(sources: NameSources) {
    this.#sources = sources;
  }

  /** Empty where nothing is known beyond what was started. */
  get name(): string {
    return this.#name;
  }

  titled(title: string): void {
    this.#fresh = title;
    this.touch();
  }

  /** The terminal printed. */
  touch(): void {
    this.#timer ??= setTimeout(() => this.#look(), LOOK_MS).unref();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    this.#timer = null;
    const name = this.#find();
    if (name === this.#name) return;
    this.#name = name;
    this.#sources.onName(name);
  }

  #find(): string {
    const { foreground, first, nameOf } = this.#sources;
    const group = foreground();
    const isFirst = group === null || group === first();
    const fresh = this.#fresh;
    this.#fresh = null;
    if (isFirst) {
      this.#other = null;
      if (fresh !== null) this.#own = fresh;
      return this.#own;
    }
    if (fresh !== null) this.#other = { group, title: fresh };
    else if (this.#other?.group !== group) this.#other = null;
    return (this.#other?.title ?? "") || (nameOf(group) ?? this.#memberOf(group) ?? this.#name);
  }

  #memberOf(group: number): string | null {
    if (this.#member?.group !== group) this.#member = { group, name: this.#sources.memberOf(group) };
    return this.#member.name;
  }
}
