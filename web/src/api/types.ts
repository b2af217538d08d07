/** Short names for the shapes of the OpenAPI file. No shape of the interface is written here. */
import type { components } from "./schema";

type Shapes = components["schemas"];

export type Attachment = Shapes["Attachment"];
export type AcceptInvite = Shapes["AcceptInvite"];
export type AuditEntry = Shapes["AuditEntry"];
export type AuditPage = Shapes["AuditPage"];
export type Backup = Shapes["Backup"];
export type BackupDestination = Shapes["BackupDestination"];
export type BackupFault = Shapes["BackupFault"];
export type BackupKey = Shapes["BackupKey"];
export type BackupPlace = Shapes["BackupPlace"];
export type BackupRun = Shapes["BackupRun"];
export type BackupSettings = Shapes["BackupSettings"];
export type BackupState = Shapes["BackupState"];
export type BackupVault = Shapes["BackupVault"];
export type Bootstrap = Shapes["Bootstrap"];
export type Changed = Shapes["Changed"];
export type Card = Shapes["Card"];
export type Channel = Shapes["Channel"];
export type ChannelChange = Shapes["ChannelChange"];
export type ChannelListing = Shapes["ChannelListing"];
export type ChannelOverview = Shapes["ChannelOverview"];
export type ChannelRole = Shapes["ChannelRole"];
export type ChannelState = Shapes["ChannelState"];
export type ClientFrame = Shapes["ClientFrame"];
export type ClosingReason = Shapes["ClosingReason"];
export type Draft = Shapes["Draft"];
export type Energy = Shapes["Energy"];
export type EnergyPrice = Shapes["EnergyPrice"];
export type Finding = Shapes["Finding"];
export type FollowedThread = Shapes["FollowedThread"];
export type FollowedThreads = Shapes["FollowedThreads"];
export type Group = Shapes["Group"];
export type GroupContent = Shapes["GroupContent"];
export type Happened = Shapes["Happened"];
export type HardwareAct = Shapes["HardwareAct"];
export type HardwareAlarm = Shapes["HardwareAlarm"];
export type HardwareAlarmKind = Shapes["HardwareAlarmKind"];
export type HardwareChange = Shapes["HardwareChange"];
export type HardwareFan = Shapes["HardwareFan"];
export type HardwareHistory = Shapes["HardwareHistory"];
export type HardwareProfile = Shapes["HardwareProfile"];
export type HardwareReport = Shapes["HardwareReport"];
export type HardwareState = Shapes["HardwareState"];
export type HardwareStatus = Shapes["HardwareStatus"];
export type HardwareTemperature = Shapes["HardwareTemperature"];
export type HealthReport = Shapes["HealthReport"];
export type UpdateAct = Shapes["UpdateAct"];
export type UpdateState = Shapes["UpdateState"];
/** How far back the machine's history is asked for. */
export type HistorySpan = "hour" | "month" | "years";
export type Invite = Shapes["Invite"];
export type InviteLink = Shapes["InviteLink"];
export type InvitePreview = Shapes["InvitePreview"];
export type Language = Shapes["Language"];
export type Member = Shapes["Member"];
export type MemberList = Shapes["MemberList"];
export type Mentions = Shapes["Mentions"];
export type Message = Shapes["Message"];
export type MessagePage = Shapes["MessagePage"];
export type NewChannel = Shapes["NewChannel"];
export type NewInvite = Shapes["NewInvite"];
export type NewSubscription = Shapes["NewSubscription"];
export type Notices = Shapes["Notices"];
export type NotifyLevel = Shapes["NotifyLevel"];
export type Office = Shapes["Office"];
export type OfficeChange = Shapes["OfficeChange"];
export type OfficeInfo = Shapes["OfficeInfo"];
export type PersonSeen = Shapes["PersonSeen"];
export type Posted = Shapes["Posted"];
export type Preferences = Shapes["Preferences"];
export type PresenceState = Shapes["PresenceState"];
export type Problem = Shapes["Problem"];
export type ProfileChange = Shapes["ProfileChange"];
export type PushState = Shapes["PushState"];
export type QuietHours = Shapes["QuietHours"];
export type Reaction = Shapes["Reaction"];
export type ResetLink = Shapes["ResetLink"];
export type ResetPreview = Shapes["ResetPreview"];
export type Revisions = Shapes["Revisions"];
export type Role = Shapes["Role"];
export type FileHit = Shapes["FileHit"];
export type Fragment = Shapes["Fragment"];
export type SearchFlaw = Shapes["Flaw"];
export type SearchHit = Shapes["SearchHit"];
export type SearchNext = Shapes["SearchNext"];
export type SearchPage = Shapes["SearchPage"];
export type SearchSort = "relevance" | "newest";
export type ServerFrame = Shapes["ServerFrame"];
export type SavedMessage = Shapes["SavedMessage"];
export type SavedMessages = Shapes["SavedMessages"];
export type Session = Shapes["Session"];
export type Setup = Shapes["Setup"];
export type SignedIn = Shapes["SignedIn"];
export type Sound = Shapes["Sound"];
export type Status = Shapes["Status"];
export type StorageReport = Shapes["StorageReport"];
export type Theme = Shapes["Theme"];
export type ThreadPage = Shapes["ThreadPage"];
export type ThreadState = Shapes["ThreadState"];
export type TrustInfo = Shapes["TrustInfo"];
export type UploadState = Shapes["UploadState"];
export type User = Shapes["User"];
export type UserChange = Shapes["UserChange"];

export type Weekday = Shapes["Weekday"];

/** One frame of the socket by its tag. */
export type Frame<T extends ServerFrame["t"]> = Extract<ServerFrame, { t: T }>;
/** One event of the log by its kind. */
export type EventOf<K extends Happened["event"]["kind"]> = Extract<
  Happened["event"],
  { kind: K }
>;
