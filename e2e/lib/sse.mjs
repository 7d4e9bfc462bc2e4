// Server-Sent Events as a program reads them.

/** The events in a stream's text: name, id and parsed data. */
export function parseEvents(text) {
  return text
    .split(/\r?\n\r?\n/)
    .map((block) => block.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith(':')))
    .filter((lines) => lines.length > 0)
    .map((lines) => {
      const fields = { data: [] };
      for (const line of lines) {
        const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
        if (name === 'data') fields.data.push(value);
        else fields[name] = value;
      }
      return { event: fields.event, id: fields.id, data: JSON.parse(fields.data.join('\n')) };
    });
}

/** A stream that is read while it grows. */
export class EventStream {
  #text = '';

  static async open(server, token, path, headers = {}) {
    const stream = new EventStream();
    stream.abort = new AbortController();
    const response = await fetch(`${server.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal: stream.abort.signal,
    });
    stream.status = response.status;
    stream.type = response.headers.get('content-type') ?? '';
    stream.ended = stream.#read(response.body);
    return stream;
  }

  async #read(body) {
    const decoder = new TextDecoder();
    for await (const chunk of body) this.#text += decoder.decode(chunk, { stream: true });
  }

  /** The events that have come whole so far. */
  get events() {
    const end = this.#text.lastIndexOf('\n\n');
    return end < 0 ? [] : parseEvents(this.#text.slice(0, end));
  }

  /** What has come of one of the program's streams. */
  output(name) {
    const pieces = this.events.filter(({ event }) => event === name);
    return pieces.map(({ data }) => data.data).join('');
  }
}
