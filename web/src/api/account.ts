/** The routes of one's own account that only its settings need. */
import { request } from "./http";
import type { NewSubscription, PushState } from "./types";

export const account = {
  revoke: (session: string) => request<undefined>("DELETE", `/sessions/${session}`),
  changePassword: (current: string, next: string) =>
    request<undefined>("PUT", "/me/password", { current, new: next }),
  push: () => request<PushState>("GET", "/push"),
  subscribe: (body: NewSubscription) => request<undefined>("PUT", "/push", body),
  unsubscribe: () => request<undefined>("DELETE", "/push"),
};
