// What the documents of sessions hold, for clients of whichever protocol.

import * as Y from 'yjs';

/** A client of a shared document: a subclass has `doc`, `files` and `awareness`. */
export class DocumentClient {
  /** The text of a file by its path; nothing while there is none. */
  text(path = 'main.py') {
    for (const file of this.files.values()) {
      if (file instanceof Y.Map && file.get('path') === path) return file.get('content');
    }
    return undefined;
  }

  read(path) {
    return this.text(path)?.toString();
  }

  /** Adds a file as the web app does. */
  add(path, content = '') {
    const file = new Y.Map();
    file.set('path', path);
    file.set('content', new Y.Text(content));
    this.files.set(`${path}-${this.doc.clientID}`, file);
  }

  /** What others show of themselves, by client. */
  others() {
    const states = [...this.awareness.getStates()].filter(([client]) => client !== this.doc.clientID);
    return states.map(([, state]) => state);
  }
}
