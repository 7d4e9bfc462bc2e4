// What a refusal must look like (RFC 9457).

import assert from 'node:assert/strict';

/** Checks a refusal: its status and, if one is given, that it names the field. */
export function assertProblem(answer, statuses, field) {
  const allowed = [statuses].flat();
  const shown = `${answer.status} ${answer.type} ${answer.text.slice(0, 400)}`;
  assert.ok(allowed.includes(answer.status), `status ${allowed.join(' or ')} wanted, got ${shown}`);
  assert.equal(answer.type, 'application/problem+json', shown);
  assert.equal(answer.body.status, answer.status, shown);
  assert.equal(typeof answer.body.type, 'string', shown);
  assert.ok(answer.body.title, shown);
  if (field !== undefined) {
    const fields = (answer.body.errors ?? []).map((error) => error.field);
    assert.ok(fields.includes(field), `errors name ${JSON.stringify(fields)}, not ${field}: ${shown}`);
    for (const error of answer.body.errors) assert.ok(error.message, shown);
  }
  return answer;
}
