// Random edits of shared documents, for clients of both protocols.

const PASTES = ['🦀é\n', '漢字とかな', '👩‍👩‍👧‍👦', 'zażółć gęślą\n', '한국어 テスト', '\u202Eright to left\u202C'];

/** One random edit: of a text mostly, of a file sometimes. */
export function change(client, random) {
  const texts = [...client.files.values()].map((file) => file.get('content'));
  if (texts.length === 0 || random.chance(0.02)) return client.add(`${random.word()}x.py`, random.word());
  if (texts.length > 2 && random.chance(0.01)) return client.files.delete(random.pick([...client.files.keys()]));
  const text = random.pick(texts);
  const at = random.below(text.length + 1);
  if (random.chance(0.3) && at < text.length) return text.delete(at, 1 + random.below(Math.min(6, text.length - at)));
  if (random.chance(0.15)) return text.insert(at, random.pick(PASTES).repeat(1 + random.below(20)));
  return text.insert(at, random.word());
}

/** The texts by path, as the API gives them; of files with the same path the first counts there. */
export function textsOf(client) {
  return [...client.files.values()]
    .map((file) => ({ path: file.get('path'), content: file.get('content').toString() }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}
