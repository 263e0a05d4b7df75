// The smallest dialect: one tool, a shell. For small local models, and for comparing.

import { z } from "zod";
import { createHarness, spoken, tool } from "./dialect.ts";
import { asCommand, exec } from "./exec-tool.ts";
import { environmentText, HOUSE_RULES } from "./prompt-text.ts";

export const minimal = createHarness({
  name: "minimal",
  tools: [
    tool({
      name: "bash",
      group: "interpreter",
      description: "Runs a command in the user's shell; its folder and variables last between calls.",
      schema: z.object({
        command: z.string().min(1),
        timeout: z.int().positive().describe("Seconds after which it is interrupted.").optional(),
      }),
      toAction: ({ command, timeout }) => exec("shell", command, timeout === undefined ? undefined : timeout * 1000),
    }),
  ],
  speak: (action) => {
    const seconds = action.type === "exec" && action.timeoutMs !== undefined ? Math.ceil(action.timeoutMs / 1000) : undefined;
    return spoken("bash", { command: asCommand(action), timeout: seconds });
  },
  prompt: (
    context,
  ) => `You are Interpane, an agent that does tasks on the user's computer with one tool: bash. Do the task with it, check the result, then answer shortly and truly.

${HOUSE_RULES}

${environmentText(context)}`,
});
