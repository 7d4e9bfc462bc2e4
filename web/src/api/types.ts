import type { components } from './schema';

type Schemas = components['schemas'];

export type User = Schemas['User'];
export type AccountDetail = Schemas['AccountDetail'];
export type AuditEntry = Schemas['AuditEntry'];
export type Person = Schemas['Person'];
export type ApiKey = Schemas['ApiKey'];
export type SecondFactors = Schemas['SecondFactors'];
export type TotpSecret = Schemas['TotpSetup'];
export type LoginAnswer = Schemas['LoginAnswer'];
export type Challenge = Schemas['ChallengeAnswer'];
export type SecondFactor = Schemas['SecondFactorKind'];
export type PasskeyRequest = Schemas['PasskeyRequest'];
export type Passkey = Schemas['Passkey'];
export type SecondStep = Schemas['SecondStep'];
export type Scope = Schemas['Scope'];
export type Role = Schemas['Role'];
export type Visibility = Schemas['Visibility'];
export type Session = Schemas['SessionView'];
export type Participant = Schemas['Participant'];
export type Invite = Schemas['Invite'];
export type WaitingPerson = Schemas['Waiting'];
export type Ban = Schemas['Ban'];
export type Template = Schemas['Template'];
export type Language = Schemas['LanguageInfo'];
export type ExecutionHead = Schemas['ExecutionHead'];
export type Execution = Schemas['Execution'];
export type StageReport = Schemas['StageReport'];
export type Snapshot = Schemas['Snapshot'];
export type FileDiff = Schemas['FileDiff'];
export type HistoryItem = Schemas['HistoryItem'];
export type HistoryPart = Schemas['History'];
export type Status = Schemas['Status'];
export type Outcome = Schemas['Outcome'];
export type Stream = Schemas['Stream'];
export type SessionEventKind = Schemas['SessionEventKind'];
export type ChatMessage = Schemas['ChatMessage'];
export type SystemLine = Schemas['SystemLine'];
export type Unread = Schemas['Unread'];
export type Notes = Schemas['Notes'];
export type Viewport = Schemas['Viewport'];
/** What is sent to a session, and what comes back to this connection only. */
export type SessionInput = Schemas['SessionInput'];
export type SessionNotice = Schemas['SessionNotice'];
export type TerminalSize = Schemas['TerminalSize'];
/** What is sent to a running program, and what comes from it. */
export type AttachInput = Schemas['AttachInput'];
export type AttachOutput = Schemas['AttachOutput'];
export type Ticket = Schemas['Ticket'];
export type Provider = Schemas['ProviderView'];
export type ConnectedAccount = Schemas['IdentityView'];
export type Login = Schemas['LoginView'];
export type Preferences = Schemas['Preferences'];
export type PreferencesPatch = Schemas['PreferencesPatch'];
export type TokenAnswer = Schemas['TokenAnswer'];
export type Credentials = Schemas['Login'];
export type NewAccount = Schemas['Register'];
export type NewGuest = Schemas['NewGuest'];
/** What the entry socket sends to somebody who waits. */
export type EntryFrame = Schemas['Entry'];

/** The first frame of the events socket: where the log is, what this user may do, and who is here. */
export type Hello = Schemas['Hello'];

/** One thing that happened in a session. */
export type SessionEvent = Schemas['SessionEvent'];

/** With its place in the session's log. */
export type KeptEvent = SessionEvent & { seq: number };

/** Without: it is not kept. */
export type LiveEvent = SessionEvent & { seq?: undefined };

/** What the events socket sends. */
export type EventFrame = Hello | KeptEvent | LiveEvent | SessionNotice;

/** The events that tell of runs. */
export type RunEvent = Extract<SessionEventKind, { type: `execution.${string}` }>;
