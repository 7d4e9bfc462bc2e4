import type { components } from './schema';

type Schemas = components['schemas'];

export type User = Schemas['User'];
export type Person = Schemas['Person'];
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
export type TerminalSize = Schemas['TerminalSize'];
/** What is sent to a running program, and what comes from it. */
export type AttachInput = Schemas['AttachInput'];
export type AttachOutput = Schemas['AttachOutput'];
export type TokenAnswer = Schemas['TokenAnswer'];
export type Credentials = Schemas['Login'];
export type NewAccount = Schemas['Register'];
export type NewGuest = Schemas['NewGuest'];
/** What the entry socket sends to somebody who waits. */
export type EntryFrame = Schemas['Entry'];

/** The first frame of the events socket: where the log is, and what this user may do. */
export interface Hello {
  type: 'hello';
  seq: number;
  role: Role | null;
}

/** One thing that happened in a session, with its place in the log. */
export type SessionEvent = Schemas['SessionEvent'] & { seq: number };

/** What the events socket sends. */
export type EventFrame = Hello | SessionEvent;

/** The events that tell of runs. */
export type RunEvent = Extract<SessionEventKind, { type: `execution.${string}` }>;
