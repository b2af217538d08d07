/** The REST interface as the chat uses it, one line a route. What other pages need comes with them. */
import { request } from "./http";
import { HISTORY_PAGE, PEEKED } from "./limits";
import type {
  Attachment,
  Bootstrap,
  Changed,
  ChannelChange,
  ChannelListing,
  ChannelRole,
  ChannelState,
  FollowedThreads,
  MemberList,
  Message,
  MessagePage,
  NewChannel,
  NotifyLevel,
  OfficeInfo,
  ProfileChange,
  Revisions,
  SavedMessages,
  Session,
  ThreadPage,
  UploadState,
} from "./types";

/** Which part of a list across conversations. */
export interface Listed {
  before?: number | undefined;
  unread?: boolean;
}

function listed({ before, unread }: Listed): string {
  const parts = new URLSearchParams();
  if (before !== undefined) parts.set("before", String(before));
  if (unread !== undefined) parts.set("unread", String(unread));
  return parts.toString();
}

/** Which part of a history. */
export type Place = { before: number } | { after: number } | { around: number } | { latest: true };

function query(place: Place): string {
  const parts = new URLSearchParams({ limit: String(HISTORY_PAGE) });
  for (const [name, seq] of Object.entries(place)) {
    if (name !== "latest") parts.set(name, String(seq));
  }
  return parts.toString();
}

const at = encodeURIComponent;
/** A large picture waits for its turn to be made smaller. */
const COMPLETION_MS = 600_000;

export const rest = {
  office: () => request<OfficeInfo>("GET", "/office"),
  bootstrap: () => request<Bootstrap>("GET", "/bootstrap"),

  signOut: () => request<undefined>("DELETE", "/sessions/current"),
  sessions: () => request<Session[]>("GET", "/sessions"),

  changeMe: (body: ProfileChange) => request<Changed>("PATCH", "/me", body),

  directory: () => request<ChannelListing[]>("GET", "/channels"),
  createChannel: (body: NewChannel) => request<Changed>("POST", "/channels", body),
  channel: (channel: string) => request<ChannelState>("GET", `/channels/${channel}`),
  changeChannel: (channel: string, body: ChannelChange) =>
    request<Changed>("PATCH", `/channels/${channel}`, body),
  join: (channel: string) => request<Changed>("POST", `/channels/${channel}/join`),
  leave: (channel: string) => request<Changed>("POST", `/channels/${channel}/leave`),
  members: (channel: string) => request<MemberList>("GET", `/channels/${channel}/members`),
  putMember: (channel: string, user: string, role: ChannelRole) =>
    request<Changed>("PUT", `/channels/${channel}/members/${user}`, { role }),
  removeMember: (channel: string, user: string) =>
    request<Changed>("DELETE", `/channels/${channel}/members/${user}`),
  direct: (users: string[]) => request<ChannelState>("POST", "/direct", { users }),
  notify: (channel: string, level: NotifyLevel) =>
    request<Changed>("PUT", `/channels/${channel}/notify`, { level }),
  draft: (channel: string, root: string | null, text: string) =>
    request<Changed>("PUT", `/channels/${channel}/draft`, { root, text }),

  history: (channel: string, place: Place) =>
    request<MessagePage>("GET", `/channels/${channel}/messages?${query(place)}`),
  /** The first few messages after a place, for a look in passing. */
  peek: (channel: string, after: number) =>
    request<MessagePage>("GET", `/channels/${channel}/messages?after=${after}&limit=${PEEKED}`),
  pins: (channel: string) => request<MessagePage>("GET", `/channels/${channel}/pins`),
  message: (message: string) => request<Message>("GET", `/messages/${message}`),
  edit: (message: string, text: string) =>
    request<Changed>("PATCH", `/messages/${message}`, { text }),
  remove: (message: string) => request<Changed>("DELETE", `/messages/${message}`),
  takeCards: (message: string) => request<Changed>("DELETE", `/messages/${message}/cards`),
  revisions: (message: string) => request<Revisions>("GET", `/messages/${message}/revisions`),
  thread: (root: string, place: Place) =>
    request<ThreadPage>("GET", `/messages/${root}/thread?${query(place)}`),
  react: (message: string, emoji: string, on: boolean) =>
    request<Changed>(on ? "PUT" : "DELETE", `/messages/${message}/reactions/${at(emoji)}`),
  unread: (channel: string, root: string | null, from: number) =>
    request<Changed>("PUT", `/channels/${channel}/unread`, { root, from }),
  threads: (part: Listed) => request<FollowedThreads>("GET", `/threads?${listed(part)}`),
  saved: (part: Listed) => request<SavedMessages>("GET", `/saved?${listed(part)}`),
  save: (message: string, on: boolean) =>
    request<Changed>(on ? "PUT" : "DELETE", `/messages/${message}/saved`),
  pin: (message: string, on: boolean) =>
    request<Changed>(on ? "PUT" : "DELETE", `/messages/${message}/pin`),
  announce: (name: string, size: number, type: string) =>
    request<UploadState>("POST", "/uploads", { name, size_bytes: size, media_type: type }),
  upload: (upload: string) => request<UploadState>("GET", `/uploads/${upload}`),
  completeUpload: (upload: string) =>
    request<Attachment>("POST", `/uploads/${upload}/complete`, undefined, COMPLETION_MS),
  cancelUpload: (upload: string) => request<undefined>("DELETE", `/uploads/${upload}`),
  wear: (file: string | null) => request<Changed>("PUT", "/me/avatar", { file }),
  follow: (root: string, on: boolean) =>
    request<Changed>(on ? "PUT" : "DELETE", `/messages/${root}/follow`),
};
