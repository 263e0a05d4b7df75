// Measures a program on a pty from outside, to the microsecond: what is written, and when after which key.
//
//   pty-probe first COLS ROWS MARK... -- CMD     ms from the start until every MARK was written, and CPU ms that CMD itself spent
//   pty-probe drain COLS ROWS -- CMD             ms until CMD has ended, and the bytes it wrote
//   pty-probe after COLS ROWS READY KEYS END -- CMD   types KEYS when READY was written; ms from then until END was, and the bytes
//   pty-probe keys COLS ROWS FIRST START READY COUNT SETTLE_MS -- CMD   types START when FIRST was written; after READY and a pause types
//                                                COUNT keys, each when the last was shown: median and p95 in ms, keys that never were
//   pty-probe hold COLS ROWS -- CMD              keeps CMD; lines on stdin: "bytes" prints what it wrote so far, "type HEX" types, an end kills it
//
// Marks are matched in what is left of the output without its escape sequences. CMD is killed when the answer is known.

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 20, CHUNK = 1 << 16, KEYS_MAX = 5000, LIMIT_MS = 60000, KEY_LIMIT_MS = 1500 };

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void die(const char *what) {
  fprintf(stderr, "pty-probe: %s\n", what);
  exit(2);
}

// The program on its pty ------------------------------------------------------------------------------------------------

static int master = -1;
static pid_t child = -1;
static double started_ms;
static long total_bytes;

static void start(int cols, int rows, char **command) {
  struct winsize size = {.ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows};
  started_ms = now_ms();
  child = forkpty(&master, NULL, NULL, &size);
  if (child < 0) die("no pty");
  if (child == 0) {
    setenv("TERM", "xterm-256color", 1);
    setenv("COLORTERM", "truecolor", 1);
    execvp(command[0], command);
    _exit(127);
  }
}

static void type(const char *keys, size_t length) {
  while (length > 0) {
    ssize_t written = write(master, keys, length);
    if (written <= 0) return;
    keys += written;
    length -= (size_t)written;
  }
}

static void stop(void) {
  if (child <= 0) return;
  kill(child, SIGHUP);
  static char rest[CHUNK];
  for (double end = now_ms() + 2000; now_ms() < end;) {
    if (waitpid(child, NULL, WNOHANG) == child) return;
    struct pollfd wait = {.fd = master, .events = POLLIN};
    if (poll(&wait, 1, 10) > 0 && read(master, rest, sizeof rest) <= 0) usleep(5000);
  }
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
}

// What it writes --------------------------------------------------------------------------------------------------------

// The text without escape sequences, the newest TEXT_MAX / 2 bytes at least.
static char text[TEXT_MAX + 1];
static size_t text_length;
static enum { PLAIN, ESCAPE, CSI, STRING, STRING_ESCAPE } state = PLAIN;
static char sequence[64];
static size_t sequence_length;

// As the outer terminal would, so that nobody waits for it.
static void answer(void) {
  sequence[sequence_length] = 0;
  if (strcmp(sequence, "[c") == 0 || strcmp(sequence, "[0c") == 0) type("\033[?62;22c", 9);
  else if (strcmp(sequence, "[6n") == 0) type("\033[1;1R", 6);
  else if (strcmp(sequence, "[5n") == 0) type("\033[0n", 4);
  else if (strcmp(sequence, "[?u") == 0) type("\033[?0u", 5);
  else if (strncmp(sequence, "]10;?", 5) == 0) type("\033]10;rgb:d0d0/d0d0/d0d0\033\\", 25);
  else if (strncmp(sequence, "]11;?", 5) == 0) type("\033]11;rgb:1010/1010/1010\033\\", 25);
}

static void take_sequence_byte(char byte) {
  if (sequence_length < sizeof sequence - 1) sequence[sequence_length++] = byte;
}

static void take(const char *bytes, size_t length) {
  total_bytes += (long)length;
  if (text_length > TEXT_MAX / 2) {
    memmove(text, text + text_length - TEXT_MAX / 4, TEXT_MAX / 4);
    text_length = TEXT_MAX / 4;
  }
  for (size_t i = 0; i < length; i++) {
    char byte = bytes[i];
    switch (state) {
      case PLAIN:
        if (byte == '\033') {
          state = ESCAPE;
          sequence_length = 0;
        } else if ((unsigned char)byte >= ' ' && text_length < TEXT_MAX) text[text_length++] = byte;
        break;
      case ESCAPE:
        take_sequence_byte(byte);
        state = byte == '[' ? CSI : byte == ']' || byte == 'P' || byte == '_' || byte == '^' ? STRING : PLAIN;
        // A designation such as ESC ( B has one byte more.
        if (byte == '(' || byte == ')' || byte == '#') state = CSI;
        break;
      case CSI:
        take_sequence_byte(byte);
        if ((unsigned char)byte >= '@' && (unsigned char)byte <= '~') {
          state = PLAIN;
          answer();
        }
        break;
      case STRING:
        if (byte == '\007') {
          state = PLAIN;
          answer();
        } else if (byte == '\033') state = STRING_ESCAPE;
        else take_sequence_byte(byte);
        break;
      case STRING_ESCAPE:
        state = PLAIN;
        answer();
        break;
    }
  }
  text[text_length] = 0;
}

static int has_written(const char *mark) { return memmem(text, text_length, mark, strlen(mark)) != NULL; }

static void forget_text(void) {
  text_length = 0;
  text[0] = 0;
}

// Reads what is there within `ms`; 0 when the program has ended.
static int read_within(double ms) {
  static char chunk[CHUNK];
  struct pollfd wait = {.fd = master, .events = POLLIN};
  int ready = poll(&wait, 1, ms < 0 ? 0 : (int)ms + 1);
  if (ready <= 0) return 1;
  ssize_t length = read(master, chunk, sizeof chunk);
  if (length <= 0) return 0;
  take(chunk, (size_t)length);
  return 1;
}

static void read_until(const char *mark) {
  for (double end = now_ms() + LIMIT_MS; !has_written(mark);) {
    if (now_ms() > end || !read_within(100)) {
      fprintf(stderr, "pty-probe: waited in vain for \"%s\"; the end of what was written:\n%s\n", mark, text + (text_length > 600 ? text_length - 600 : 0));
      stop();
      exit(1);
    }
  }
}

static void settle(double ms) {
  for (double end = now_ms() + ms; now_ms() < end;) {
    if (!read_within(end - now_ms())) return;
  }
}

// What is measured ------------------------------------------------------------------------------------------------------

static void first(char **marks, int count) {
  for (int i = 0; i < count; i++) read_until(marks[i]);
  double ended_ms = now_ms();
  clockid_t spent;
  struct timespec cpu = {0};
  if (clock_getcpuclockid(child, &spent) == 0) clock_gettime(spent, &cpu);
  printf("%.3f %.3f\n", ended_ms - started_ms, cpu.tv_sec * 1e3 + cpu.tv_nsec / 1e6);
}

static void drain(void) {
  while (read_within(LIMIT_MS)) continue;
  printf("%.3f %ld\n", now_ms() - started_ms, total_bytes);
}

static void after(const char *ready, const char *keys, const char *end) {
  read_until(ready);
  settle(300);
  forget_text();
  long before = total_bytes;
  double at = now_ms();
  type(keys, strlen(keys));
  read_until(end);
  printf("%.3f %ld\n", now_ms() - at, total_bytes - before);
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void keys(const char *first_mark, const char *setup, const char *ready, int count, double settle_ms) {
  // Absent from the data sets and from any chrome.
  static const char set[] = "~@#%&^`";
  static double times[KEYS_MAX];
  int shown = 0, lost = 0;
  unsigned seed = 1;
  if (count > KEYS_MAX) die("too many keys");
  if (setup[0] != 0) {
    read_until(first_mark);
    settle(settle_ms);
    type(setup, strlen(setup));
  }
  read_until(ready);
  settle(settle_ms);
  while (shown + lost < count) {
    char key[2] = {set[(shown + lost) % 7], 0};
    forget_text();
    double at = now_ms();
    type(key, 1);
    while (!has_written(key) && now_ms() - at < KEY_LIMIT_MS) {
      if (!read_within(KEY_LIMIT_MS - (now_ms() - at))) die("the program ended");
    }
    if (has_written(key)) times[shown++] = now_ms() - at;
    else lost++;
    // Not in step with anybody's frames.
    seed = seed * 1103515245u + 12345u;
    settle(15 + (seed >> 16) % 20);
  }
  qsort(times, (size_t)shown, sizeof times[0], by_size);
  if (shown == 0) die("no key was shown");
  printf("%.3f %.3f %d\n", times[shown / 2], times[(int)(shown * 0.95)], lost);
}

static void hold(void) {
  char line[4096];
  size_t length = 0;
  printf("pid %d\n", child);
  fflush(stdout);
  for (;;) {
    struct pollfd waits[2] = {{.fd = master, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return;
    if (waits[0].revents != 0 && !read_within(0)) return;
    if (waits[1].revents == 0) continue;
    ssize_t got = read(0, line + length, sizeof line - 1 - length);
    if (got <= 0) return;
    length += (size_t)got;
    line[length] = 0;
    char *end;
    while ((end = strchr(line, '\n')) != NULL) {
      *end = 0;
      if (strcmp(line, "bytes") == 0) printf("bytes %ld\n", total_bytes);
      if (strncmp(line, "type ", 5) == 0) {
        for (const char *hex = line + 5; hex[0] != 0 && hex[1] != 0; hex += 2) {
          char pair[3] = {hex[0], hex[1], 0}, byte = (char)strtol(pair, NULL, 16);
          type(&byte, 1);
        }
        printf("typed\n");
      }
      fflush(stdout);
      length -= (size_t)(end + 1 - line);
      memmove(line, end + 1, length + 1);
    }
  }
}

int main(int count, char **words) {
  int split = 4;
  while (split < count && strcmp(words[split], "--") != 0) split++;
  if (split >= count - 1) die("usage: pty-probe MODE COLS ROWS ... -- CMD...");
  const char *mode = words[1];
  int given = split - 4;
  signal(SIGPIPE, SIG_IGN);
  start(atoi(words[2]), atoi(words[3]), words + split + 1);
  if (strcmp(mode, "first") == 0) first(words + 4, given);
  else if (strcmp(mode, "drain") == 0) drain();
  else if (strcmp(mode, "after") == 0 && given == 3) after(words[4], words[5], words[6]);
  else if (strcmp(mode, "keys") == 0 && given == 5) keys(words[4], words[5], words[6], atoi(words[7]), atof(words[8]));
  else if (strcmp(mode, "hold") == 0) hold();
  else die("unknown mode, or not what it takes");
  fflush(stdout);
  stop();
  return 0;
}
