/** Most characters in one frame: each may take six bytes in JSON, and a frame has at most 64 KiB. */
const PIECE = /[\s\S]{1,8000}/gu;

/** Output as the server writes it: text as it is, anything else as bytes. */
export function decodeBytes(data: string, encoding: 'utf8' | 'base64' | undefined): Uint8Array | string {
  if (encoding !== 'base64') return data;
  return Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
}

/** Text in pieces that fit a frame, no character cut in two. */
export function pieces(text: string): string[] {
  return text.match(PIECE) ?? [];
}
