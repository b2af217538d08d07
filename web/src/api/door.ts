/** The routes of the pages before the chat: founding, signing in, links. */
import { request } from "./http";
import type { AcceptInvite, InvitePreview, ResetPreview, Setup, SignedIn, TrustInfo } from "./types";

const at = encodeURIComponent;

export const door = {
  trust: () => request<TrustInfo>("GET", "/trust"),
  setup: (body: Setup) => request<SignedIn>("POST", "/setup", body),
  signIn: (handle: string, password: string) =>
    request<SignedIn>("POST", "/sessions", { handle, password }),
  preview: (token: string) => request<InvitePreview>("GET", `/invites/${at(token)}/preview`),
  accept: (token: string, body: AcceptInvite) =>
    request<SignedIn>("POST", `/invites/${at(token)}/accept`, body),
  resetPreview: (token: string) => request<ResetPreview>("GET", `/resets/${at(token)}`),
  choosePassword: (token: string, password: string) =>
    request<SignedIn>("POST", `/resets/${at(token)}`, { password }),
};
