// The command table: everything a user can do, with its keys and its `/` name. Help, palette, completion and the printed key
// list are made from it; a new command is a new row here.

import {
  askQuit,
  backOut,
  clearOrQuit,
  composerUpDown,
  detachWhenEmpty,
  editedComposer,
  editInEditor,
  queuePrompt,
  runInShell,
  sendToOtherHalf,
  submit,
  takeBack,
  typeText,
} from "./agent-actions.ts";
import { answer, editApproval, runEdited, scrollApproval } from "./approval-actions.ts";
import { attachNamed } from "./attach.ts";
import { moveBroadcast, openBroadcast, sendBroadcast, toggleAllChosen, toggleChosen } from "./broadcast.ts";
import { copyAnswer } from "./clipboard.ts";
import { type CommandRow, type CommandTable, hasAgent } from "./command-row.ts";
import { deleteTo, type Move, moveCursor, yank } from "./composer.ts";
import { copyRows } from "./copy-rows.ts";
import type { Effect } from "./effects.ts";
import { filterHelp, keyList } from "./help.ts";
import { goToAsker, moveInbox, openInbox, scrollInbox } from "./inbox.ts";
import { addKey, changeKey, moveProvider, openKey } from "./key-entry.ts";
import { acceptLine } from "./line-prompt.ts";
import {
  acceptList,
  chooseProfile,
  dropChosen,
  filterList,
  forkChosen,
  moveSelection,
  openHistory,
  openPalette,
  switchList,
} from "./list.ts";
import { askTokens, load, save, setAutoRun, setVerbose } from "./magic-actions.ts";
import { shownOffers } from "./onboarding.ts";
import { acceptCompletion, closeCompletion, completeName, moveCompletion } from "./palette.ts";
import { goToNeedy, openTab, splitAgent } from "./pane-actions.ts";
import { paneRows } from "./pane-rows.ts";
import { pullModel, swapPair, useOffer } from "./profile-actions.ts";
import { command, purposeOf } from "./purpose.ts";
import { forkHere, openRewind } from "./rewind.ts";
import { openRules, showRule } from "./rule-actions.ts";
import { scrollFocused } from "./scroll.ts";
import { clearSession, compactSession, resetSession, undoSession } from "./session-actions.ts";
import { setOffline, setPair, setSidebar } from "./setting-actions.ts";
import { openText, scrollText, toggleThoughts } from "./text-actions.ts";
import { askUnlock, changePassphrase, closeTop, tryUnlock } from "./unlock.ts";
import { openUsage } from "./usage.ts";
import { closeOverlay, type Ui } from "./view.ts";

const none: Effect[] = [];

/** For what changes the view and asks for nothing. */
function done(_: unknown): Effect[] {
  return none;
}

function edit(ui: Ui, change: (composer: NonNullable<ReturnType<typeof editedComposer>>) => void): Effect[] {
  const composer = editedComposer(ui);
  if (composer !== undefined) change(composer);
  return none;
}

const moveTo = (move: Move) => (ui: Ui) => edit(ui, (composer) => moveCursor(composer, move));
const deleteBy = (move: Move, isKept: boolean) => (ui: Ui) => edit(ui, (composer) => deleteTo(composer, move, { isKept }));

const offers = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(
  (number): CommandRow => ({
    id: `offer.${number}`,
    group: "profiles",
    title: `offer ${number}`,
    isKeyOnly: true,
    mode: "offers",
    keys: number === 1 ? ["1", "enter"] : [`${number}`],
    help: `On the first screen: uses offer ${number}.`,
    run: (ui) => useOffer(ui, shownOffers(ui)[number - 1]),
  }),
);

/** Up and down in a question move its code where that does not fit; else they do what they always do. */
const questionScroll = (by: -1 | 1) => (ui: Ui) => (scrollApproval(ui, by) ? none : composerUpDown(ui, by));
const questionPage = (by: "pageUp" | "pageDown") => (ui: Ui) => (scrollApproval(ui, by) ? none : scrollFocused(ui, by));

// biome-ignore format: a table is read row by row
export const commandTable: CommandTable = [
  // Agents
  {
    id: "agent.splitRight", group: "agents", title: "new agent beside", keys: ["prefix %"], slash: "new",
    help: "Starts an agent beside this pane; a profile may be named.",
    run: (ui, argument) => splitAgent(ui, "row", argument?.trim() || undefined),
  },
  {
    id: "agent.splitDown", group: "agents", title: "new agent below", keys: ["prefix \""], slash: "below",
    help: "Starts an agent below this pane; a profile may be named.",
    run: (ui, argument) => splitAgent(ui, "column", argument?.trim() || undefined),
  },
  {
    id: "agent.openTab", group: "agents", title: "new agent in a tab", keys: ["prefix c"], slash: "tab",
    help: "Starts an agent in a tab of its own.", run: (ui, argument) => openTab(ui, argument?.trim() || undefined),
  },
  {
    id: "agent.run", group: "agents", title: "run a command yourself", keys: [], slash: "sh",
    help: "Runs a command in the agent's shell without the model, which reads of it with your next message: /sh COMMAND, ! COMMAND, or %% COMMAND.",
    when: hasAgent, run: (ui, argument) => runInShell(ui, argument?.trim() ?? ""),
  },
  {
    id: "agent.interrupt", group: "agents", title: "interrupt", keys: ["escape"], slash: "stop",
    help: "Stops the turn of this agent; at rest goes back to the end of the transcript.", when: hasAgent, run: backOut,
  },
  {
    id: "agent.nextNeedy", group: "agents", title: "next that needs you", keys: ["prefix a", "prefix M-n"], slash: "next",
    help: "Goes to the next agent that waits for an answer.", run: goToNeedy,
  },
  {
    id: "agent.reset", group: "agents", title: "reset conversation and shell", keys: [], slash: "reset",
    help: "Starts this agent's conversation anew, and its shell and interpreters too.", when: hasAgent, run: resetSession,
  },
  {
    id: "agent.clear", group: "agents", title: "clear the conversation", keys: [], slash: "clear",
    help: "Starts this agent's conversation anew; the shell stays as it is.", when: hasAgent, run: clearSession,
  },
  {
    id: "agent.undo", group: "agents", title: "undo the last message", keys: [], slash: "undo",
    help: "Takes back the last message and its answer; the shell stays as it is.", when: hasAgent, run: undoSession,
  },
  {
    id: "agent.rewind", group: "agents", title: "go back to before a message", keys: ["prefix u"], slash: "rewind",
    help: "Lists your messages; goes back to before the one that is taken, which comes back to be changed. The shell stays as it is.",
    when: hasAgent, run: openRewind,
  },
  {
    id: "agent.fork", group: "agents", title: "fork the conversation", keys: ["prefix U"], slash: "fork",
    help: "Carries a copy of this conversation on in a new agent beside this one.", when: hasAgent, run: forkHere,
  },
  {
    id: "agent.compact", group: "agents", title: "compact the conversation", keys: [], slash: "compact",
    help: "Summarises the older part of this conversation, to free context: /compact, or /compact WHAT MATTERS.",
    when: hasAgent, run: (ui, argument) => compactSession(ui, argument),
  },
  {
    id: "agent.meter", group: "agents", title: "tokens and cost", keys: [], slash: "tokens", aliases: ["cost"],
    help: "Says what this agent has used and what the next request would hold and cost: /tokens, or /tokens PROMPT.",
    when: hasAgent, run: askTokens,
  },
  {
    id: "agent.autoRun", group: "agents", title: "run code without asking", keys: [], slash: "auto-run",
    help: "Lets this agent run code without asking, until the server ends; /auto-run false asks again.", when: hasAgent, run: setAutoRun,
  },
  {
    id: "agent.verbose", group: "agents", title: "show requests and responses", keys: [], slash: "verbose", aliases: ["debug"],
    help: "Shows this agent's requests, responses and times, secrets left out; /verbose false does not.", when: hasAgent, run: setVerbose,
  },
  {
    id: "agent.save", group: "agents", title: "save the messages", keys: [], slash: "save-message",
    help: "Writes the conversation into a new file, messages.json or the one named, as Open Interpreter does.",
    when: hasAgent, run: (ui, argument) => save(ui, "messages", argument),
  },
  {
    id: "agent.load", group: "agents", title: "load messages", keys: [], slash: "load-message",
    help: "Starts the conversation anew with the messages of a file: messages.json, or the one named.", when: hasAgent, run: load,
  },
  {
    id: "agent.markdown", group: "agents", title: "save as Markdown", keys: [], slash: "markdown",
    help: "Writes the conversation into a new Markdown file: conversation.md, or the one named.",
    when: hasAgent, run: (ui, argument) => save(ui, "markdown", argument),
  },
  {
    id: "agent.info", group: "agents", title: "about this agent", keys: [], slash: "info",
    help: "Says who answers, where its data goes, where it works and under which sandbox.",
    when: hasAgent, run: (ui) => openText(ui, "info"),
  },

  // Panes and tabs
  ...paneRows,

  // Profiles
  {
    id: "profile.pick", group: "profiles", title: "profile", keys: ["prefix m"], slash: "profile", aliases: ["model"],
    help: "Chooses the profile of this agent; the next turn uses it. A profile or a model may be named.",
    when: hasAgent, run: chooseProfile,
  },
  {
    id: "profile.swap", group: "profiles", title: "fast / smart",
    keys: ["prefix f"], slash: "swap", aliases: ["fast", "smart"],
    help: "Swaps between the two profiles of the pair.", when: hasAgent, run: swapPair,
  },
  {
    id: "profile.sendOther", group: "profiles", title: "this message to the other half", keys: ["prefix F"],
    help: "Sends this one message to the other profile of the pair.", when: hasAgent, run: sendToOtherHalf,
  },
  {
    id: "profile.pair", group: "profiles", title: "set the fast/smart pair", keys: [], slash: "pair",
    help: "Sets the two profiles that new agents and the fast/smart key use: /pair FAST SMART. Alone it says which they are.", run: setPair,
  },
  {
    id: "key.open", group: "profiles", title: "add an API key", keys: [], slash: "key",
    help: "Asks for a key, tests it and keeps it encrypted; a provider may be named.", run: openKey,
  },
  {
    id: "vault.unlock", group: "profiles", title: "unlock the vault", keys: [], slash: "unlock",
    help: "Asks for the vault's passphrase, where it has one and is locked.", run: askUnlock,
  },
  {
    id: "vault.lock", group: "profiles", title: "lock the vault", keys: [], slash: "lock-vault",
    help: "Forgets the vault's key until its passphrase is given again; requests on their way go on.",
    run: () => [command({ type: "vault.lock" }, purposeOf("status"))],
  },
  {
    id: "model.pull", group: "profiles", title: "fetch a model to this machine", keys: [], slash: "pull",
    help: "Has Ollama or LM Studio fetch a model that it lacks: /pull ollama/MODEL.", run: pullModel,
  },
  {
    id: "workspace.offline", group: "profiles", title: "offline on or off", keys: [], slash: "offline",
    help: "In an offline workspace nothing but this machine is reached.", run: setOffline,
  },
  ...offers,

  // Questions
  {
    id: "inbox.open", group: "approvals", title: "questions of all agents", keys: ["prefix A"], slash: "approvals",
    help: "Shows every agent's open question, to be answered there.", run: openInbox,
  },
  {
    id: "approval.yes", group: "approvals", title: "allow", keys: ["y"], mode: "approval", isKeyOnly: true,
    help: "Runs what the question shows. Only with an empty message, once it has been seen.",
    run: (ui) => answer(ui, "yes"),
  },
  {
    id: "approval.no", group: "approvals", title: "refuse", keys: ["n"], mode: "approval", isKeyOnly: true,
    help: "Refuses; the model is told.", run: (ui) => answer(ui, "no"),
  },
  {
    id: "approval.edit", group: "approvals", title: "edit, then run", keys: ["e"], mode: "approval", isKeyOnly: true,
    help: "Opens the code to be changed before it runs.", run: editApproval,
  },
  {
    id: "approval.always", group: "approvals", title: "always allow this command", keys: ["a"], mode: "approval", isKeyOnly: true,
    help: "Shows the rule by which this plain command would run without asking from now on, to be kept or not.", run: showRule,
  },
  {
    id: "rules.open", group: "approvals", title: "what runs without asking", keys: [], slash: "rules",
    help: "Lists the commands that run without asking; C-x takes one away.", run: openRules,
  },
  {
    id: "approval.up", group: "approvals", title: "code up", keys: ["up"], mode: "approval", isKeyOnly: true,
    help: "Scrolls the code of the question.", run: questionScroll(-1),
  },
  {
    id: "approval.down", group: "approvals", title: "code down", keys: ["down"], mode: "approval", isKeyOnly: true,
    help: "Scrolls the code of the question.", run: questionScroll(1),
  },
  {
    id: "approval.pageUp", group: "approvals", title: "code page up",
    keys: ["pageup"], mode: "approval", isKeyOnly: true,
    help: "Scrolls the code of the question by a page.", run: questionPage("pageUp"),
  },
  {
    id: "approval.pageDown", group: "approvals", title: "code page down",
    keys: ["pagedown"], mode: "approval", isKeyOnly: true,
    help: "Scrolls the code of the question by a page.", run: questionPage("pageDown"),
  },
  {
    id: "inbox.up", group: "approvals", title: "question before", keys: ["up", "k"], mode: "inbox", isKeyOnly: true,
    help: "In the inbox: the question before.", run: (ui) => moveInbox(ui, -1),
  },
  {
    id: "inbox.down", group: "approvals", title: "next question", keys: ["down", "j"], mode: "inbox", isKeyOnly: true,
    help: "In the inbox: the next question.", run: (ui) => moveInbox(ui, 1),
  },
  {
    id: "inbox.pageUp", group: "approvals", title: "code up", keys: ["pageup"], mode: "inbox", isKeyOnly: true,
    help: "In the inbox: scrolls the code.", run: (ui) => scrollInbox(ui, "pageUp"),
  },
  {
    id: "inbox.pageDown", group: "approvals", title: "code down", keys: ["pagedown"], mode: "inbox", isKeyOnly: true,
    help: "In the inbox: scrolls the code.", run: (ui) => scrollInbox(ui, "pageDown"),
  },
  {
    id: "inbox.go", group: "approvals", title: "go to the agent", keys: ["enter"], mode: "inbox", isKeyOnly: true,
    help: "In the inbox: goes to the pane of the question.", run: goToAsker,
  },
  {
    id: "editor.newline", group: "approvals", title: "new line", keys: ["enter"], mode: "editor", isKeyOnly: true,
    help: "In the code of a question: begins a new line.", run: (ui) => done(typeText(ui, "\n")),
  },
  {
    id: "editor.run", group: "approvals", title: "run the edited code", keys: ["C-s"], mode: "editor", isKeyOnly: true,
    help: "Runs the code as it stands in the editor.", run: runEdited,
  },

  // The message
  {
    id: "message.send", group: "message", title: "send", keys: ["enter"], isKeyOnly: true,
    help: "Sends the message; while the agent is busy it waits in its queue. Empty, after an interruption: sends what is queued.", run: (ui) => submit(ui, runSlash),
  },
  {
    id: "message.queue", group: "message", title: "queue", keys: ["tab"], isKeyOnly: true,
    help: "Queues the message while the agent is busy.", run: (ui) => queuePrompt(ui, runSlash),
  },
  {
    id: "message.broadcast", group: "message", title: "one message to several agents", keys: ["prefix B"], slash: "broadcast",
    help: "Asks who shall get the message, and says what sending it would cost each: /broadcast, or /broadcast TEXT.",
    when: hasAgent, run: openBroadcast,
  },
  {
    id: "message.takeBack", group: "message", title: "take back what is queued", keys: ["M-up"], slash: "unqueue",
    help: "Takes the newest queued message back into the composer.", when: hasAgent, run: takeBack,
  },
  {
    id: "message.attach", group: "message", title: "attach an image", keys: [], slash: "image",
    help: "Attaches the image at a path (PNG, JPEG, GIF, WebP); a file dropped on the terminal is attached too.",
    when: hasAgent, run: (ui, argument) => attachNamed(ui, argument ?? ""),
  },
  {
    id: "edit.newline", group: "message", title: "new line",
    keys: ["C-j", "S-enter", "M-enter"], mode: "edit", isKeyOnly: true,
    help: "Begins a new line.", run: (ui) => done(typeText(ui, "\n")),
  },
  {
    id: "message.clear", group: "message", title: "clear", keys: ["C-c"], isKeyOnly: true,
    help: "Clears the message; with nothing to clear, twice quits.", run: clearOrQuit,
  },
  {
    id: "message.history", group: "message", title: "search what was said", keys: ["C-r"], slash: "history",
    help: "Searches the messages of this workspace.", when: hasAgent, run: openHistory,
  },
  {
    id: "edit.external", group: "message", title: "edit in $EDITOR", keys: ["C-g"], mode: "edit",
    help: "Opens the text in your editor.", when: hasAgent, run: editInEditor,
  },
  {
    id: "edit.up", group: "message", title: "row up, or history", keys: ["up", "C-p"], mode: "edit", isKeyOnly: true,
    help: "A row up; from the first one back in the history.", run: (ui) => composerUpDown(ui, -1),
  },
  {
    id: "edit.down", group: "message", title: "row down, or history",
    keys: ["down", "C-n"], mode: "edit", isKeyOnly: true,
    help: "A row down; from the last one forward in the history.", run: (ui) => composerUpDown(ui, 1),
  },
  {
    id: "edit.left", group: "message", title: "left", keys: ["left", "C-b"], mode: "edit", isKeyOnly: true,
    help: "A character to the left.", run: moveTo("left"),
  },
  {
    id: "edit.right", group: "message", title: "right", keys: ["right", "C-f"], mode: "edit", isKeyOnly: true,
    help: "A character to the right.", run: moveTo("right"),
  },
  {
    id: "edit.wordLeft", group: "message", title: "word left",
    keys: ["M-b", "C-left", "M-left"], mode: "edit", isKeyOnly: true,
    help: "A word to the left.", run: moveTo("wordLeft"),
  },
  {
    id: "edit.wordRight", group: "message", title: "word right",
    keys: ["M-f", "C-right", "M-right"], mode: "edit", isKeyOnly: true,
    help: "A word to the right.", run: moveTo("wordRight"),
  },
  {
    id: "edit.lineStart", group: "message", title: "start of the line",
    keys: ["C-a", "home"], mode: "edit", isKeyOnly: true,
    help: "To the start of the line.", run: moveTo("lineStart"),
  },
  {
    id: "edit.lineEnd", group: "message", title: "end of the line", keys: ["C-e", "end"], mode: "edit", isKeyOnly: true,
    help: "To the end of the line.", run: moveTo("lineEnd"),
  },
  {
    id: "edit.backspace", group: "message", title: "delete before",
    keys: ["backspace", "C-h"], mode: "edit", isKeyOnly: true,
    help: "Deletes the character before the cursor.", run: deleteBy("left", false),
  },
  {
    id: "edit.delete", group: "message", title: "delete after", keys: ["delete"], mode: "edit", isKeyOnly: true,
    help: "Deletes the character under the cursor.", run: deleteBy("right", false),
  },
  {
    id: "edit.cutWord", group: "message", title: "cut the word",
    keys: ["C-w", "M-backspace"], mode: "edit", isKeyOnly: true,
    help: "Cuts the word before the cursor.", run: deleteBy("wordLeft", true),
  },
  {
    id: "edit.cutWordRight", group: "message", title: "cut the next word", keys: ["M-d"], mode: "edit", isKeyOnly: true,
    help: "Cuts the word after the cursor.", run: deleteBy("wordRight", true),
  },
  {
    id: "edit.cutEnd", group: "message", title: "cut to the end", keys: ["C-k"], mode: "edit", isKeyOnly: true,
    help: "Cuts to the end of the line.", run: deleteBy("lineEnd", true),
  },
  {
    id: "edit.cutStart", group: "message", title: "cut to the start", keys: ["C-u"], mode: "edit", isKeyOnly: true,
    help: "Cuts to the start of the line.", run: deleteBy("lineStart", true),
  },
  {
    id: "edit.yank", group: "message", title: "paste what was cut", keys: ["C-y"], mode: "edit", isKeyOnly: true,
    help: "Puts back what was cut last.", run: (ui) => edit(ui, yank),
  },
  {
    id: "completion.up", group: "message", title: "name before", keys: ["up"], mode: "completion", isKeyOnly: true,
    help: "While a / name is typed: the one before.", run: (ui) => done(moveCompletion(ui, commandTable, -1)),
  },
  {
    id: "completion.down", group: "message", title: "next name", keys: ["down"], mode: "completion", isKeyOnly: true,
    help: "While a / name is typed: the next one.", run: (ui) => done(moveCompletion(ui, commandTable, 1)),
  },
  {
    id: "completion.write", group: "message", title: "complete the name",
    keys: ["tab"], mode: "completion", isKeyOnly: true,
    help: "While a / name is typed: writes it out.", run: (ui) => done(completeName(ui, commandTable)),
  },
  {
    id: "completion.run", group: "message", title: "run the name", keys: ["enter"], mode: "completion", isKeyOnly: true,
    help: "While a / name is typed: runs it.", run: (ui) => acceptCompletion(ui, commandTable, runSlash),
  },
  {
    id: "completion.close", group: "message", title: "close the names",
    keys: ["escape"], mode: "completion", isKeyOnly: true,
    help: "While a / name is typed: closes the list.", run: (ui) => done(closeCompletion(ui)),
  },

  // Looking back
  {
    id: "scroll.pageUp", group: "looking", title: "page up", keys: ["pageup"], isKeyOnly: true,
    help: "A page back in the transcript.", run: (ui) => scrollFocused(ui, "pageUp"),
  },
  {
    id: "scroll.pageDown", group: "looking", title: "page down", keys: ["pagedown"], isKeyOnly: true,
    help: "A page forward in the transcript.", run: (ui) => scrollFocused(ui, "pageDown"),
  },
  {
    id: "view.thoughts", group: "looking", title: "show or fold reasoning",
    keys: ["prefix r"], slash: "thoughts",
    help: "Shows the model's reasoning unfolded, or folds it.", run: toggleThoughts,
  },
  {
    id: "view.sidebar", group: "looking", title: "sidebar on or off", keys: ["prefix b"], slash: "sidebar",
    help: "Hides or shows the sidebar; /sidebar wider, narrower, auto or COLUMNS sets its width. New workspaces open the same way.",
    run: setSidebar,
  },
  {
    id: "view.notices", group: "looking", title: "notices", keys: ["prefix ~"], slash: "notices",
    help: "What opening this workspace brought to light.", run: (ui) => openText(ui, "notices"),
  },
  {
    id: "view.usage", group: "looking", title: "what was spent", keys: ["prefix S"], slash: "usage", aliases: ["spent"],
    help: "Shows what was spent by day, profile and model, in all workspaces; interpane usage prints it.", run: openUsage,
  },
  {
    id: "view.redraw", group: "looking", title: "draw anew", keys: ["C-l", "prefix C-l"],
    help: "Draws the whole screen anew.", run: () => [{ type: "redraw" }],
  },
  {
    id: "view.copy", group: "looking", title: "copy the last answer", keys: ["prefix y"], slash: "copy",
    help: "Copies the agent's last answer to the clipboard.", when: hasAgent, run: copyAnswer,
  },

  // Copying and pasting
  ...copyRows,

  // Lists
  {
    id: "palette.open", group: "lists", title: "commands", keys: ["prefix P", "prefix :"], slash: "commands",
    help: "Lists the commands, to be found by typing.", run: openPalette,
  },
  {
    id: "help.open", group: "lists", title: "keys", keys: ["prefix ?", "f1"], slash: "help",
    help: "Shows this list.", run: (ui) => openText(ui, "help"),
  },
  {
    id: "list.up", group: "lists", title: "row before", keys: ["up", "C-p", "S-tab"], mode: "list", isKeyOnly: true,
    help: "In a list: the row before.", run: (ui) => moveSelection(ui, commandTable, -1),
  },
  {
    id: "list.down", group: "lists", title: "next row", keys: ["down", "C-n"], mode: "list", isKeyOnly: true,
    help: "In a list: the next row.", run: (ui) => moveSelection(ui, commandTable, 1),
  },
  {
    id: "list.switch", group: "lists", title: "other list", keys: ["tab"], mode: "list", isKeyOnly: true,
    help: "In the picker: profiles, or all providers; Enter on one shows its models, or asks for its key. In other lists: the next row.",
    run: (ui) => switchList(ui, commandTable),
  },
  {
    id: "list.pageUp", group: "lists", title: "rows up", keys: ["pageup"], mode: "list", isKeyOnly: true,
    help: "In a list: ten rows up.", run: (ui) => moveSelection(ui, commandTable, -10),
  },
  {
    id: "list.pageDown", group: "lists", title: "rows down", keys: ["pagedown"], mode: "list", isKeyOnly: true,
    help: "In a list: ten rows down.", run: (ui) => moveSelection(ui, commandTable, 10),
  },
  {
    id: "list.accept", group: "lists", title: "take the row", keys: ["enter"], mode: "list", isKeyOnly: true,
    help: "In a list: takes the row.", run: (ui) => acceptList(ui, commandTable),
  },
  {
    id: "list.backspace", group: "lists", title: "filter: delete",
    keys: ["backspace", "C-h"], mode: "list", isKeyOnly: true,
    help: "In a list: deletes the filter's last character.",
    run: (ui) => filterList(ui, (filter) => [...filter].slice(0, -1).join("")),
  },
  {
    id: "list.clear", group: "lists", title: "filter: clear", keys: ["C-u", "C-w"], mode: "list", isKeyOnly: true,
    help: "In a list: clears the filter.", run: (ui) => filterList(ui, () => ""),
  },
  {
    id: "list.fork", group: "lists", title: "fork from the row", keys: ["C-f"], mode: "list", isKeyOnly: true,
    help: "In the list of your messages: forks from before the chosen one.", run: (ui) => forkChosen(ui, commandTable),
  },
  {
    id: "overlay.close", group: "lists", title: "close what is open", keys: ["escape", "C-c"], mode: "overlay", isKeyOnly: true,
    help: "Closes the list, the question or the text that is open.", run: closeTop,
  },
  {
    id: "broadcast.send", group: "message", title: "send to all chosen", keys: ["enter"], mode: "broadcast", isKeyOnly: true,
    help: "In a message to several agents: sends it to those that are chosen.", run: (ui) => sendBroadcast(ui, { isGathered: false }),
  },
  {
    id: "broadcast.gather", group: "message", title: "send, and side by side", keys: ["C-t"], mode: "broadcast", isKeyOnly: true,
    help: "In a message to several agents: sends it, brings their panes into this tab and tiles it.",
    run: (ui) => sendBroadcast(ui, { isGathered: true }),
  },
  {
    id: "broadcast.toggle", group: "message", title: "agent in or out", keys: ["tab"], mode: "broadcast", isKeyOnly: true,
    help: "In a message to several agents: the marked one gets it, or does not.", run: toggleChosen,
  },
  {
    id: "broadcast.all", group: "message", title: "all agents or none", keys: ["M-a"], mode: "broadcast", isKeyOnly: true,
    help: "In a message to several agents: all get it, or none.", run: toggleAllChosen,
  },
  {
    id: "broadcast.up", group: "message", title: "agent before", keys: ["up", "C-p", "S-tab"], mode: "broadcast", isKeyOnly: true,
    help: "In a message to several agents: marks the agent before.", run: (ui) => moveBroadcast(ui, -1),
  },
  {
    id: "broadcast.down", group: "message", title: "next agent", keys: ["down", "C-n"], mode: "broadcast", isKeyOnly: true,
    help: "In a message to several agents: marks the next agent.", run: (ui) => moveBroadcast(ui, 1),
  },
  {
    id: "line.accept", group: "lists", title: "take the line", keys: ["enter"], mode: "line", isKeyOnly: true,
    help: "Where a name, a number or a command is asked for: takes it.", run: acceptLine,
  },
  {
    id: "text.close", group: "lists", title: "close the text", keys: ["q", "?"], mode: "text", isKeyOnly: true,
    help: "In a text to read: closes it; in the list of keys only ?, and only while nothing is typed.", run: (ui) => done(closeOverlay(ui)),
  },
  {
    id: "list.drop", group: "lists", title: "take the row away", keys: ["C-x"], mode: "list", isKeyOnly: true,
    help: "In the lists of what was copied and of rules: takes the chosen one away.", run: (ui) => dropChosen(ui, commandTable),
  },
  {
    id: "text.backspace", group: "lists", title: "keys: delete", keys: ["backspace", "C-h"], mode: "text", isKeyOnly: true,
    help: "In the list of keys: deletes the last character of what is looked for.",
    run: (ui) => done(filterHelp(ui, (filter) => [...filter].slice(0, -1).join(""))),
  },
  {
    id: "text.clear", group: "lists", title: "keys: clear", keys: ["C-u", "C-w"], mode: "text", isKeyOnly: true,
    help: "In the list of keys: looks for nothing again.", run: (ui) => done(filterHelp(ui, () => "")),
  },
  {
    id: "text.up", group: "lists", title: "line up", keys: ["up", "k"], mode: "text", isKeyOnly: true,
    help: "In a text to read: a line up.", run: (ui) => scrollText(ui, commandTable, -1),
  },
  {
    id: "text.down", group: "lists", title: "line down", keys: ["down", "j", "enter"], mode: "text", isKeyOnly: true,
    help: "In a text to read: a line down.", run: (ui) => scrollText(ui, commandTable, 1),
  },
  {
    id: "text.pageUp", group: "lists", title: "page up", keys: ["pageup"], mode: "text", isKeyOnly: true,
    help: "In a text to read: a page up.", run: (ui) => scrollText(ui, commandTable, -12),
  },
  {
    id: "text.pageDown", group: "lists", title: "page down", keys: ["pagedown", "space"], mode: "text", isKeyOnly: true,
    help: "In a text to read: a page down.", run: (ui) => scrollText(ui, commandTable, 12),
  },
  {
    id: "key.up", group: "lists", title: "provider before", keys: ["up"], mode: "key", isKeyOnly: true,
    help: "Adding a key: the provider before.", run: (ui) => moveProvider(ui, -1),
  },
  {
    id: "key.down", group: "lists", title: "next provider", keys: ["down", "tab"], mode: "key", isKeyOnly: true,
    help: "Adding a key: the next provider.", run: (ui) => moveProvider(ui, 1),
  },
  {
    id: "key.add", group: "lists", title: "test and keep the key", keys: ["enter"], mode: "key", isKeyOnly: true,
    help: "Adding a key: tests it, keeps it, uses it.", run: (ui) => addKey(ui, { isUntested: false }),
  },
  {
    id: "key.keep", group: "lists", title: "keep the key untested", keys: ["C-s"], mode: "key", isKeyOnly: true,
    help: "Adding a key: keeps it without asking the provider.", run: (ui) => addKey(ui, { isUntested: true }),
  },
  {
    id: "key.backspace", group: "lists", title: "key: delete", keys: ["backspace", "C-h"], mode: "key", isKeyOnly: true,
    help: "Adding a key: deletes its last character.",
    run: (ui) => done(changeKey(ui, (secret) => secret.slice(0, -1))),
  },
  {
    id: "key.clear", group: "lists", title: "key: clear", keys: ["C-u"], mode: "key", isKeyOnly: true,
    help: "Adding a key: clears it.", run: (ui) => done(changeKey(ui, () => "")),
  },
  {
    id: "passphrase.accept", group: "lists", title: "unlock with the passphrase", keys: ["enter"], mode: "passphrase", isKeyOnly: true,
    help: "The vault's passphrase: unlocks with it.", run: tryUnlock,
  },
  {
    id: "passphrase.backspace", group: "lists", title: "passphrase: delete", keys: ["backspace", "C-h"], mode: "passphrase", isKeyOnly: true,
    help: "The vault's passphrase: deletes its last character.",
    run: (ui) => done(changePassphrase(ui, (secret) => [...secret].slice(0, -1).join(""))),
  },
  {
    id: "passphrase.clear", group: "lists", title: "passphrase: clear", keys: ["C-u"], mode: "passphrase", isKeyOnly: true,
    help: "The vault's passphrase: clears it.", run: (ui) => done(changePassphrase(ui, () => "")),
  },

  // Leaving
  {
    id: "client.detach", group: "leaving", title: "detach", keys: ["prefix d"], slash: "detach",
    help: "Leaves; the agents go on.", run: () => [{ type: "detach" }],
  },
  {
    id: "client.detachEmpty", group: "leaving", title: "detach, with an empty message", keys: ["C-d"], isKeyOnly: true,
    help: "With an empty message: leaves, the agents go on. Else deletes the character under the cursor.",
    run: detachWhenEmpty,
  },
  {
    id: "client.suspend", group: "leaving", title: "suspend", keys: ["C-z", "prefix C-z"],
    help: "Puts the program into the background of your shell.", run: () => [{ type: "suspend" }],
  },
  {
    id: "client.quit", group: "leaving", title: "quit", keys: ["prefix Q"], slash: "quit", aliases: ["exit"],
    help: "Leaves and stops the agents; asks first where one works or a program of yours runs.", run: askQuit,
  },
];

const byId = new Map(commandTable.map((row) => [row.id, row]));

export function findCommand(id: string): CommandRow | undefined {
  return byId.get(id);
}

/** Runs a row by its `/` name; null where there is none, or where it means nothing now. */
function runSlash(ui: Ui, name: string, argument: string): Effect[] | null {
  const row = commandTable.find((each) => each.slash === name || each.aliases?.includes(name) === true);
  if (row === undefined || (row.when !== undefined && !row.when(ui))) return null;
  return row.run(ui, argument);
}

/** The key list as Markdown, for the manual. */
export function keyListMarkdown(): string {
  return keyList(commandTable);
}
