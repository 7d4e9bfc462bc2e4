// Access tokens that a server must refuse.

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Tokens made from a good one: unsigned, signed otherwise, changed, cut, and expired. */
export function forged(token) {
  const [head, body, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  const none = encode({ alg: 'none', typ: 'JWT' });
  const expired = encode({ ...claims, exp: 1_000_000_000 });
  const later = encode({ ...claims, exp: 4_000_000_000 });
  const flipped = (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1);
  return [
    `${none}.${body}.`,
    `${none}.${body}.${signature}`,
    `${encode({ alg: 'None', typ: 'JWT' })}.${body}.`,
    `${encode({ alg: 'RS256', typ: 'JWT' })}.${body}.${signature}`,
    `${head}.${expired}.${signature}`,
    `${head}.${later}.${signature}`,
    `${head}.${encode({ ...claims, sub: '01890a5d-ac96-774b-bcce-b302099a8057' })}.${signature}`,
    `${head}.${body}.${flipped}`,
    `${head}.${body}.`,
    `${head}.${body}`,
  ];
}
