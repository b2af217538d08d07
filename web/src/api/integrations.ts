/** The routes of bots, webhooks and slash commands, apart from the others: few pages need them. */
import { request } from "./http";
import type { Changed } from "./types";
import type { components } from "./schema";

type Shapes = components["schemas"];

export type Bot = Shapes["Bot"];
export type BotScope = Shapes["BotScope"];
export type BotToken = Shapes["BotToken"];
export type Command = Shapes["Command"];
export type CommandContent = Shapes["CommandContent"];
export type CommandListing = Shapes["CommandListing"];
export type FreshBotToken = Shapes["FreshBotToken"];
export type FreshCommand = Shapes["FreshCommand"];
export type FreshIncomingHook = Shapes["FreshIncomingHook"];
export type FreshOutgoingHook = Shapes["FreshOutgoingHook"];
export type HookEvent = Shapes["HookEvent"];
export type HookProblem = Shapes["HookProblem"];
export type IncomingHook = Shapes["IncomingHook"];
export type IncomingHookChange = Shapes["IncomingHookChange"];
export type Integrations = Shapes["Integrations"];
export type NewBot = Shapes["NewBot"];
export type NewIncomingHook = Shapes["NewIncomingHook"];
export type OutgoingHook = Shapes["OutgoingHook"];
export type OutgoingHookContent = Shapes["OutgoingHookContent"];
type BotChange = Shapes["BotChange"];
type HookTried = Shapes["HookTried"];

const IN = "/hooks/incoming";
const OUT = "/hooks/outgoing";

export const programs = {
  all: () => request<Integrations>("GET", "/integrations"),

  createBot: (body: NewBot) => request<Bot>("POST", "/bots", body),
  changeBot: (bot: string, body: BotChange) => request<Changed>("PATCH", `/bots/${bot}`, body),
  createToken: (bot: string, name: string) =>
    request<FreshBotToken>("POST", `/bots/${bot}/tokens`, { name }),
  revokeToken: (bot: string, token: string) =>
    request<undefined>("DELETE", `/bots/${bot}/tokens/${token}`),

  createIncoming: (body: NewIncomingHook) => request<FreshIncomingHook>("POST", IN, body),
  changeIncoming: (hook: string, body: IncomingHookChange) =>
    request<IncomingHook>("PATCH", `${IN}/${hook}`, body),
  renewIncoming: (hook: string) => request<FreshIncomingHook>("POST", `${IN}/${hook}/url`),
  testIncoming: (hook: string) => request<undefined>("POST", `${IN}/${hook}/test`),
  deleteIncoming: (hook: string) => request<undefined>("DELETE", `${IN}/${hook}`),

  createOutgoing: (body: OutgoingHookContent) => request<FreshOutgoingHook>("POST", OUT, body),
  changeOutgoing: (hook: string, body: OutgoingHookContent) =>
    request<OutgoingHook>("PUT", `${OUT}/${hook}`, body),
  renewOutgoing: (hook: string) => request<FreshOutgoingHook>("POST", `${OUT}/${hook}/secret`),
  testOutgoing: (hook: string) => request<HookTried>("POST", `${OUT}/${hook}/test`),
  deleteOutgoing: (hook: string) => request<undefined>("DELETE", `${OUT}/${hook}`),

  commands: () => request<CommandListing[]>("GET", "/commands"),
  createCommand: (body: CommandContent) => request<FreshCommand>("POST", "/commands", body),
  changeCommand: (command: string, body: CommandContent) =>
    request<Command>("PUT", `/commands/${command}`, body),
  renewCommand: (command: string) => request<FreshCommand>("POST", `/commands/${command}/secret`),
  deleteCommand: (command: string) => request<undefined>("DELETE", `/commands/${command}`),
  run: (channel: string, word: string, text: string, root: string | null) =>
    request<undefined>("POST", `/channels/${channel}/commands`, { word, text, root }),
};
