/** The routes of those who run the office, apart from the others: few pages need them. */
import { request } from "./http";
import type {
  AuditPage,
  BackupKey,
  BackupSettings,
  BackupState,
  BackupVault,
  Changed,
  ChannelOverview,
  GroupContent,
  HealthReport,
  Invite,
  InviteLink,
  NewInvite,
  OfficeChange,
  PersonSeen,
  ResetLink,
  StorageReport,
  UpdateAct,
  UpdateState,
  UserChange,
} from "./types";

const at = encodeURIComponent;

/** Which part of the audit log. */
export interface AuditAsk {
  area?: string;
  by?: string;
  before?: number;
}

function auditQuery(ask: AuditAsk): string {
  return new URLSearchParams(Object.entries(ask).map(([name, value]) => [name, String(value)])).toString();
}

/** Addresses of files, for links that save them. */
export const auditFile = (ask: AuditAsk): string => `/api/v1/admin/audit.csv?${auditQuery(ask)}`;
export const backupFile = (name: string): string => `/api/v1/admin/backups/${at(name)}`;

export const admin = {
  changeOffice: (body: OfficeChange) => request<Changed>("PATCH", "/office", body),
  invite: (body: NewInvite) => request<InviteLink>("POST", "/invites", body),
  invites: () => request<Invite[]>("GET", "/invites"),
  revokeInvite: (invite: string) => request<undefined>("DELETE", `/invites/${invite}`),
  changeUser: (user: string, body: UserChange) =>
    request<Changed>("PATCH", `/users/${user}`, body),
  resetPassword: (user: string) => request<ResetLink>("POST", `/users/${user}/reset`),
  signOutUser: (user: string) => request<undefined>("DELETE", `/users/${user}/sessions`),
  createGroup: (body: GroupContent) => request<Changed>("POST", "/groups", body),
  changeGroup: (group: string, body: GroupContent) =>
    request<Changed>("PUT", `/groups/${group}`, body),
  deleteGroup: (group: string) => request<Changed>("DELETE", `/groups/${group}`),
  audit: (ask: AuditAsk) => request<AuditPage>("GET", `/admin/audit?${auditQuery(ask)}`),
  seen: () => request<PersonSeen[]>("GET", "/admin/people"),
  allChannels: () => request<ChannelOverview[]>("GET", "/admin/channels"),
  rescue: (channel: string, user: string) =>
    request<undefined>("PUT", `/admin/channels/${channel}/manager`, { user }),
  health: () => request<HealthReport>("GET", "/health"),
  leaveSafeMode: () => request<undefined>("DELETE", "/health/safe-mode"),
  update: () => request<UpdateState>("GET", "/admin/update"),
  orderUpdate: (act: UpdateAct) => request<UpdateState>("POST", "/admin/update", { act }),
  storage: () => request<StorageReport>("GET", "/admin/storage"),
  backups: () => request<BackupState>("GET", "/admin/backups"),
  backUp: () => request<BackupState>("POST", "/admin/backups"),
  vault: () => request<BackupVault>("GET", "/admin/vault"),
  setVault: (body: BackupSettings) => request<BackupVault>("PUT", "/admin/vault", body),
  runVault: () => request<BackupVault>("POST", "/admin/vault/run"),
  cancelVault: () => request<undefined>("DELETE", "/admin/vault/run"),
  vaultKey: () => request<BackupKey>("POST", "/admin/vault/key"),
  vaultKeySaved: (ending: string) => request<BackupVault>("PUT", "/admin/vault/key", { ending }),
  deleteBackup: (name: string) => request<undefined>("DELETE", `/admin/backups/${at(name)}`),
};
