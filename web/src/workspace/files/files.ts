import * as random from 'lib0/random';
import * as Y from 'yjs';

import { collide, pathProblem } from './path';

/** Most files that one run takes. */
export const MAX_FILES = 20;

/** A file of the shared document. */
export interface FileEntry {
  id: string;
  path: string;
  /** Why it cannot be run beside the others, when two people made the same name at once. */
  trouble: string | null;
}

/** The document's files by id. Anybody may have written anything there, so that each is checked. */
export function filesOf(doc: Y.Doc): Y.Map<unknown> {
  return doc.getMap('files');
}

function fileOf(doc: Y.Doc, id: string): Y.Map<unknown> | null {
  const file = filesOf(doc).get(id);
  return file instanceof Y.Map ? file : null;
}

/**
 * The files, sorted by path. All clients agree on the order and, of colliding files, on which one
 * is in trouble: the one with the later id.
 */
export function listFiles(doc: Y.Doc): FileEntry[] {
  const entries: FileEntry[] = [];
  for (const id of filesOf(doc).keys()) {
    const path = fileOf(doc, id)?.get('path');
    if (typeof path === 'string') entries.push({ id, path, trouble: null });
  }
  entries.sort((a, b) => compare(a.path, b.path) || compare(a.id, b.id));
  return entries.map((entry) => ({ ...entry, trouble: troubleOf(entry, entries) }));
}

function troubleOf(entry: FileEntry, entries: FileEntry[]): string | null {
  const first = entries.find((other) => other.id < entry.id && collide(other.path, entry.path));
  return first ? `Collides with ${first.path}: rename one of them.` : pathProblem(entry.path);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A file's text, while the file exists. */
export function textOf(doc: Y.Doc, id: string): Y.Text | null {
  const content = fileOf(doc, id)?.get('content');
  return content instanceof Y.Text ? content : null;
}

/** Adds a file and returns its id. */
export function addFile(doc: Y.Doc, path: string, content = ''): string {
  const id = random.uuidv4();
  const file = new Y.Map<unknown>();
  file.set('path', path);
  file.set('content', new Y.Text(content));
  filesOf(doc).set(id, file);
  return id;
}

/** Renames a file; nothing happens when somebody has deleted it. */
export function renameFile(doc: Y.Doc, id: string, path: string): void {
  const file = fileOf(doc, id);
  if (file && file.get('path') !== path) file.set('path', path);
}

/** Deletes a file with its text. */
export function deleteFile(doc: Y.Doc, id: string): void {
  filesOf(doc).delete(id);
}

/** The files as a run takes them. */
export function sources(doc: Y.Doc): { path: string; content: string }[] {
  return listFiles(doc).map(({ id, path }) => ({ path, content: textOf(doc, id)?.toJSON() ?? '' }));
}
