// The rows of the command table about panes, tabs and plain terminals: tmux's letters where tmux has one.

import type { Side } from "../domain/layout.ts";
import { type Preset, presets } from "../domain/layout-moves.ts";
import type { CommandRow, CommandTable } from "./command-row.ts";
import { hasAgent, hasPane } from "./command-row.ts";
import {
  arrangeTab,
  askCloseTab,
  breakOut,
  goToLastTab,
  resizeBy,
  respawn,
  rotate,
  spread,
  stepTabPlace,
  swapStep,
  swapToward,
  toggleSync,
} from "./layout-actions.ts";
import { askTabNumber, askTabPlace, renamePane, renameTab, runInPane } from "./line-prompt.ts";
import { lock, unlock } from "./lock.ts";
import { showNumbers } from "./numbers.ts";
import {
  askClose,
  goToLastPane,
  goToNumber,
  moveFocus,
  openTerminal,
  stepFocus,
  stepTab,
  switchInput,
  turnFace,
  zoom,
} from "./pane-actions.ts";
import { openPlaces } from "./places.ts";
import { focusedPane, type Ui } from "./view.ts";

const hasTerminal = (ui: Ui) => focusedPane(ui)?.content.type === "terminal";

const sides: readonly Side[] = ["left", "down", "up", "right"];
const capital = (word: string) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
const sideWords: Readonly<Record<Side, string>> = { left: "at the left", down: "below", up: "above", right: "at the right" };

const focusRows = sides.map(
  (side): CommandRow => ({
    id: `pane.${side}`,
    group: "panes",
    title: `focus ${side}`,
    keys: [`prefix ${side}`],
    isKeyOnly: true,
    isRepeatable: true,
    help: `Moves the focus to the pane ${sideWords[side]}.`,
    run: (ui) => moveFocus(ui, side),
  }),
);

const swapRows = sides.map(
  (side): CommandRow => ({
    id: `pane.swap${capital(side)}`,
    group: "panes",
    title: `swap ${side}`,
    keys: [`prefix S-${side}`],
    isKeyOnly: true,
    isRepeatable: true,
    help: `Swaps this pane with the one ${sideWords[side]}.`,
    run: (ui) => swapToward(ui, side),
  }),
);

const LARGE_STEP = 5;

const borderRows = sides.flatMap((side): CommandRow[] => [
  {
    id: `pane.grow${capital(side)}`,
    group: "panes",
    title: `border ${side}`,
    keys: [`prefix C-${side}`],
    isKeyOnly: true,
    isRepeatable: true,
    help: `Moves the pane's border ${side} by a cell.`,
    run: (ui) => resizeBy(ui, side, 1),
  },
  {
    id: `pane.grow${capital(side)}More`,
    group: "panes",
    title: `border ${side} by ${LARGE_STEP}`,
    keys: [`prefix M-${side}`],
    isKeyOnly: true,
    isRepeatable: true,
    help: `Moves the pane's border ${side} by ${LARGE_STEP} cells.`,
    run: (ui) => resizeBy(ui, side, LARGE_STEP),
  },
]);

const presetWords: Readonly<Record<Preset, string>> = {
  "even-horizontal": "all panes side by side",
  "even-vertical": "all panes one above the other",
  "main-horizontal": "the first pane large above the others",
  "main-vertical": "the first pane large at the left of the others",
  tiled: "all panes in rows of the same size",
};

const presetRows = presets.map(
  (preset, index): CommandRow => ({
    id: `tab.${preset}`,
    group: "panes",
    title: preset,
    keys: [`prefix M-${index + 1}`],
    slash: preset === "tiled" ? "tile" : preset,
    help: `Lays the tab out anew: ${presetWords[preset]}.`,
    run: (ui) => arrangeTab(ui, preset),
  }),
);

/** The number is the row's own: `prefix 3` has no other argument. 0 is the tenth. */
const numbered = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(
  (number): CommandRow => ({
    id: `go.${number}`,
    group: "panes",
    title: `tab ${number}`,
    isKeyOnly: true,
    keys: [`prefix ${number % 10}`, `M-${number % 10}`],
    help: `Goes to tab ${number}; with a single tab, to agent ${number}.`,
    run: (ui) => goToNumber(ui, number),
  }),
);

// biome-ignore format: a table is read row by row
export const paneRows: CommandTable = [
  // Plain terminals
  {
    id: "terminal.open", group: "panes", title: "your shell below", keys: ["prefix T", "prefix _"], slash: "shell",
    help: "Opens your own shell, or the command named, in a pane without a sandbox.",
    run: (ui, argument) => openTerminal(ui, "column", argument),
  },
  {
    id: "terminal.openRight", group: "panes", title: "your shell beside", keys: ["prefix |"],
    help: "Opens your own shell in a pane beside this one, without a sandbox.", run: (ui) => openTerminal(ui, "row"),
  },
  {
    id: "terminal.openTab", group: "panes", title: "your shell in a tab", keys: ["prefix C"],
    help: "Opens your own shell in a tab of its own, without a sandbox.", run: (ui) => openTerminal(ui, "tab"),
  },
  {
    id: "terminal.run", group: "panes", title: "run a command in a pane", keys: ["prefix M-r"], slash: "run",
    help: "Runs a command line in a pane of its own, without a sandbox: /run htop.", run: runInPane,
  },
  {
    id: "terminal.respawn", group: "panes", title: "run the program again", keys: ["prefix R"],
    help: "Runs this terminal's program again, in the same pane.", when: hasTerminal, run: respawn,
  },

  // Panes
  ...focusRows,
  {
    id: "pane.next", group: "panes", title: "next pane", keys: ["prefix o"],
    help: "Moves the focus to the next pane.", when: hasPane, run: (ui) => stepFocus(ui, 1),
  },
  {
    id: "pane.last", group: "panes", title: "last pane", keys: ["prefix ;"],
    help: "Moves the focus back to the pane that had it before.", when: hasPane, run: goToLastPane,
  },
  {
    id: "pane.numbers", group: "panes", title: "numbers of the panes", keys: ["prefix q"],
    help: "Shows a number over every pane for a moment; the number goes there.", when: hasPane, run: showNumbers,
  },
  {
    id: "pane.zoom", group: "panes", title: "zoom", keys: ["prefix z"], slash: "zoom",
    help: "Lets this pane fill the tab, and back.", when: hasPane, run: zoom,
  },
  {
    id: "pane.close", group: "panes", title: "close the pane", keys: ["prefix x"], slash: "close",
    help: "Closes this pane and its agent, after asking; at once where its program has ended.", when: hasPane, run: askClose,
  },
  {
    id: "pane.rename", group: "panes", title: "rename", keys: ["prefix $"], slash: "rename",
    help: "Gives this agent or terminal another name.", when: hasPane, run: renamePane,
  },
  {
    id: "pane.face", group: "panes", title: "face: transcript, terminal, both", keys: ["prefix t"], slash: "face",
    help: "Shows the agent's terminal, then both, then the transcript. In the terminal all keys go to the program.",
    when: hasAgent, run: turnFace,
  },
  {
    id: "pane.input", group: "panes", title: "type into the terminal below", keys: ["prefix tab"],
    help: "With both faces: keys go to the terminal, or back to the composer.", when: hasAgent, run: switchInput,
  },
  {
    id: "pane.lock", group: "panes", title: "locked: all keys to the pane", keys: ["prefix L"], slash: "lock",
    help: "Passes every key on to the pane, the prefix key too.", when: hasPane, run: lock,
  },
  {
    id: "pane.unlock", group: "panes", title: "unlock", keys: ["f12"], mode: "locked", isKeyOnly: true,
    help: "Ends that: the one key that a locked screen takes.", run: unlock,
  },

  // Layout
  {
    id: "pane.swapPrevious", group: "panes", title: "swap with the pane before", keys: ["prefix {"],
    help: "Swaps this pane with the one before it.", when: hasPane, run: (ui) => swapStep(ui, -1),
  },
  {
    id: "pane.swapNext", group: "panes", title: "swap with the next pane", keys: ["prefix }"],
    help: "Swaps this pane with the next one.", when: hasPane, run: (ui) => swapStep(ui, 1),
  },
  ...swapRows,
  {
    id: "tab.rotate", group: "panes", title: "rotate the panes", keys: ["prefix C-o"],
    help: "Every pane goes to the place of the one before it.", run: (ui) => rotate(ui, -1),
  },
  {
    id: "tab.rotateBack", group: "panes", title: "rotate the panes back", keys: ["prefix M-o"],
    help: "Every pane goes to the place of the next one.", run: (ui) => rotate(ui, 1),
  },
  {
    id: "pane.breakOut", group: "panes", title: "pane into a tab of its own", keys: ["prefix !"], slash: "break",
    help: "Takes this pane out into a tab of its own.", when: hasPane, run: breakOut,
  },
  {
    id: "pane.join", group: "panes", title: "bring a pane of another tab here", keys: ["prefix J"], slash: "join",
    help: "Lists the panes of the other tabs; the one that is taken comes beside this one.", when: hasPane, run: (ui) => openPlaces(ui, "join"),
  },
  {
    id: "tab.nextPreset", group: "panes", title: "next layout", keys: ["prefix space"],
    help: "Lays the tab out by the next preset.", run: (ui) => arrangeTab(ui, null),
  },
  ...presetRows,
  {
    id: "pane.spread", group: "panes", title: "even out", keys: ["prefix E"], slash: "even",
    help: "Gives this pane and those beside it the same size.", when: hasPane, run: spread,
  },
  ...borderRows,
  {
    id: "tab.sync", group: "panes", title: "type into all panes of the tab", keys: ["prefix M-s"], slash: "sync",
    help: "What is typed into one terminal goes to all on show in this tab, and a message to all its agents; again ends it.",
    when: hasPane, run: toggleSync,
  },

  // Tabs
  {
    id: "tab.next", group: "panes", title: "next tab", keys: ["prefix n"],
    help: "Goes to the next tab.", run: (ui) => stepTab(ui, 1),
  },
  {
    id: "tab.previous", group: "panes", title: "previous tab", keys: ["prefix p"],
    help: "Goes to the tab before.", run: (ui) => stepTab(ui, -1),
  },
  {
    id: "tab.last", group: "panes", title: "last tab", keys: ["prefix l"],
    help: "Goes back to the tab that was shown before.", run: goToLastTab,
  },
  {
    id: "tab.list", group: "panes", title: "tabs and panes", keys: ["prefix w"], slash: "tabs",
    help: "Lists all tabs and their panes, to go to one.", run: (ui) => openPlaces(ui, "places"),
  },
  {
    id: "tab.ask", group: "panes", title: "tab by its number", keys: ["prefix '"],
    help: "Asks for a tab's number and goes there.", run: askTabNumber,
  },
  {
    id: "tab.rename", group: "panes", title: "name the tab", keys: ["prefix ,"], slash: "name",
    help: "Gives this tab a name.", when: hasPane, run: renameTab,
  },
  {
    id: "tab.move", group: "panes", title: "move the tab", keys: ["prefix ."],
    help: "Asks for the place among the tabs to which this one goes.", when: hasPane, run: askTabPlace,
  },
  {
    id: "tab.moveLeft", group: "panes", title: "tab to the left", keys: ["prefix <"], isRepeatable: true,
    help: "Moves this tab one place to the left.", when: hasPane, run: (ui) => stepTabPlace(ui, -1),
  },
  {
    id: "tab.moveRight", group: "panes", title: "tab to the right", keys: ["prefix >"], isRepeatable: true,
    help: "Moves this tab one place to the right.", when: hasPane, run: (ui) => stepTabPlace(ui, 1),
  },
  {
    id: "tab.close", group: "panes", title: "close the tab", keys: ["prefix &"],
    help: "Closes this tab with all its panes, after asking.", when: hasPane, run: askCloseTab,
  },
  ...numbered,
];
