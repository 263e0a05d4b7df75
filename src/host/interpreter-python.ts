// The program that keeps Python alive between pieces of code: it reads one line for each, runs it in one namespace, sets our marks.
//
// Between pieces the echo is off and the line it waits for is JSON {file, number, cwd}. While code runs, the terminal is the
// code's: input() reads from it, Ctrl-C is a KeyboardInterrupt. Python 3.8 or newer.

/** Two files that must lie in one folder. */
export function pythonFiles(nonce: string): Readonly<Record<"driver.py" | "interpane_figures.py", string>> {
  return { "driver.py": driver(nonce), "interpane_figures.py": figures };
}

function driver(nonce: string): string {
  return String.raw`import sys
if sys.version_info < (3, 8):
    sys.stderr.write("Python 3.8 or newer is needed here; this is %d.%d\n" % sys.version_info[:2])
    sys.exit(1)
sys.path[0] = ""
import ast, builtins, inspect, json, linecache, os, signal, subprocess, termios, traceback, types

HERE = os.path.dirname(os.path.abspath(__file__))
USER = types.ModuleType("__main__")
USER.__dict__["__builtins__"] = builtins
sys.modules["__main__"] = USER
sys.argv = [""]
sys.path.append(HERE)
os.environ.setdefault("MPLBACKEND", "module://interpane_figures")
FLAGS = getattr(ast, "PyCF_ALLOW_TOP_LEVEL_AWAIT", 0)
TTY = os.dup(0)
COOKED = termios.tcgetattr(TTY)
for stream in (sys.stdout, sys.stderr):
    stream.reconfigure(encoding="utf-8", errors="backslashreplace")
loop = None


def mark(text):
    os.write(TTY, ("\x1b]133;" + text + "\x07").encode("utf-8", "surrogateescape"))


def say(text):
    sys.stderr.write(text if text.endswith("\n") else text + "\n")
    sys.stderr.flush()


def ask():
    quiet = list(COOKED)
    quiet[3] &= ~(termios.ECHO | termios.ECHONL)
    quiet[3] |= termios.ICANON | termios.ISIG
    while True:
        try:
            termios.tcsetattr(TTY, termios.TCSADRAIN, quiet)
            mark("B;${nonce}")
            line = b""
            while not line.endswith(b"\n"):
                more = os.read(TTY, 65536)
                if not more:
                    sys.exit(0)
                line += more
            termios.tcsetattr(TTY, termios.TCSADRAIN, COOKED)
            return json.loads(line)
        except (KeyboardInterrupt, ValueError):
            pass


def run_shell(command):
    code = subprocess.run(command, shell=True).returncode
    if code != 0:
        say("[exit code %d]" % code)


def change_folder(path):
    os.chdir(os.path.expanduser(path.strip() or "~"))


USER.__dict__["__interpane_shell"] = run_shell
USER.__dict__["__interpane_cd"] = change_folder


def plain(source):
    """What notebooks know beside Python: !command, %pip, %cd; other lines of that kind are left out, which is said."""
    lines = []
    for line in source.split("\n"):
        word = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        if word.startswith("!"):
            lines.append(indent + "__interpane_shell(%r)" % word[1:])
        elif word.startswith("%pip "):
            lines.append(indent + "__interpane_shell(%r)" % ('"' + sys.executable + '" -m ' + word[1:]))
        elif word.startswith("%cd"):
            lines.append(indent + "__interpane_cd(%r)" % word[3:])
        elif word.startswith("%"):
            say("[left out, since this is not IPython: %s]" % word)
            lines.append(indent + "pass")
        else:
            lines.append(line)
    return "\n".join(lines)


def parse(source, name):
    try:
        return compile(source, name, "exec", ast.PyCF_ONLY_AST | FLAGS)
    except SyntaxError:
        if not any(line.lstrip().startswith(("!", "%")) for line in source.split("\n")):
            raise
        return compile(plain(source), name, "exec", ast.PyCF_ONLY_AST | FLAGS)


def pieces(tree, name, is_shown):
    """All but the last statement, and the last: the value of an expression is shown."""
    body, last = tree.body, []
    if is_shown and body and isinstance(body[-1], ast.Expr):
        body, last = body[:-1], body[-1:]
    if body:
        yield compile(ast.Module(body, getattr(tree, "type_ignores", [])), name, "exec", FLAGS, True)
    if last:
        yield compile(ast.Interactive(last), name, "single", FLAGS, True)


def wait_for(coroutine):
    global loop
    import asyncio

    if loop is None or loop.is_closed():
        loop = asyncio.new_event_loop()
    task = loop.create_task(coroutine)
    try:
        return loop.run_until_complete(task)
    except BaseException:
        if not task.done():
            task.cancel()
            try:
                loop.run_until_complete(task)
            except BaseException:
                pass
        raise


def of_user(trace, name):
    """The traceback from the first frame that is the user's code; None where there is none."""
    while trace is not None and not trace.tb_frame.f_code.co_filename.startswith("<python "):
        trace = trace.tb_next
    return trace


def execute(source, name):
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    try:
        for code in pieces(parse(source, name), name, not source.rstrip().endswith(";")):
            result = eval(code, USER.__dict__)
            if inspect.iscoroutine(result) and code.co_flags & inspect.CO_COROUTINE:
                wait_for(result)
        return 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 255
        say(str(end.code))
        return 1
    except KeyboardInterrupt:
        say("KeyboardInterrupt")
        return 130
    except BaseException as error:
        flush()
        trace = of_user(error.__traceback__, name)
        say("".join(traceback.format_exception(type(error), error.with_traceback(trace), trace)))
        return 1


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def run(cell):
    try:
        if cell["cwd"]:
            os.chdir(cell["cwd"])
        with open(cell["file"], encoding="utf-8") as file:
            source = file.read()
    except OSError as error:
        say(str(error))
        return 1
    status = execute(source, "<python %d>" % cell["number"])
    flush()
    shown = sys.modules.get("interpane_figures")
    if shown is not None:
        try:
            shown.show_unsaved()
        except Exception as error:
            say("[the figure could not be written: %s]" % error)
        flush()
    return status


# SIGINT was ignored for the sandbox around this; what the code starts gets the default back.
signal.signal(signal.SIGINT, signal.default_int_handler)
status = 0
while True:
    try:
        folder = os.getcwd()
    except OSError:
        folder = ""
    if any(ord(char) < 32 or ord(char) == 127 for char in folder):
        folder = ""
    try:
        mark("D;%d;${nonce};%s" % (status, folder))
        cell = ask()
        mark("C;${nonce}")
        status = run(cell)
    except KeyboardInterrupt:
        status = 130
`;
}

/** A backend of matplotlib: what is shown becomes a file in the folder, and its path is printed. */
const figures = `import os
from matplotlib._pylab_helpers import Gcf
from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg


class FigureCanvas(FigureCanvasAgg):
    manager_class = FigureManagerBase

    def print_figure(self, *args, **kwargs):
        self.figure._interpane_is_saved = True
        return super().print_figure(*args, **kwargs)


FigureManager = FigureManagerBase


def free_path():
    folder = os.getcwd() if os.access(os.getcwd(), os.W_OK) else "/tmp"
    number = 1
    while os.path.exists(os.path.join(folder, "figure-%d.png" % number)):
        number += 1
    return os.path.join(folder, "figure-%d.png" % number)


def write(figure):
    path = getattr(figure, "_interpane_path", None) or free_path()
    figure.savefig(path)
    figure._interpane_path = path
    print("[figure written: %s]" % path)


def is_users(figure):
    """The code has written it itself, under a name of its own."""
    return getattr(figure, "_interpane_is_saved", False) and getattr(figure, "_interpane_path", None) is None


def show(*args, **kwargs):
    for manager in list(Gcf.get_all_fig_managers()):
        if not is_users(manager.canvas.figure):
            write(manager.canvas.figure)
        Gcf.destroy(manager)


def show_unsaved():
    for manager in list(Gcf.get_all_fig_managers()):
        if not getattr(manager.canvas.figure, "_interpane_is_saved", False):
            write(manager.canvas.figure)
`;
