// A line of `[keys]` in the user's settings, as whoever reads the file hands it to whoever knows the commands.

export interface KeySetting {
  /** Of a command. */
  readonly id: string;
  /** As they were written; none takes the command's keys away. */
  readonly keys: readonly string[];
  /** File and line, as they are shown. */
  readonly where: string;
}
